// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import org.jspecify.annotations.Nullable;

/** The owner of values: a thread, which an adapter may come to know only after a value was made. */
public final class Owner {

  // Written once, by whoever comes to know it, before the first destructor; read by any thread.
  private volatile @Nullable Thread thread;

  /**
   * Returns the owner that is a thread.
   *
   * @param thread the thread
   * @return an owner, another one each time
   */
  public static Owner of(Thread thread) {
    Owner owner = new Owner();
    owner.is(thread);
    return owner;
  }

  /** Makes an owner whose thread is not known yet. */
  public Owner() {}

  /**
   * Says which thread it is. To be called before the first destructor of its values runs.
   *
   * @param known the thread
   */
  public void is(Thread known) {
    thread = known;
  }

  @Nullable Thread thread() {
    return thread;
  }

  @Override
  public String toString() {
    Thread known = thread;
    return known == null ? "an unknown thread" : Witness.name(known);
  }
}
