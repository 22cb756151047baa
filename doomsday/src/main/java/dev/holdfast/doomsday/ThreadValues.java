// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.concurrent.ThreadFactory;

/**
 * Values of threads as users keep them where a runtime has no place for them: in a {@link
 * ThreadLocal}, made on first use, and destroyed last made first by a hook at the end of the
 * thread.
 */
public final class ThreadValues {

  private final ThreadLocal<OwnedValues> local;

  /**
   * Makes a set of values for the threads of one runtime.
   *
   * @param armory makes them
   */
  public ThreadValues(Armory armory) {
    local = ThreadLocal.withInitial(() -> new OwnedValues(armory));
  }

  /**
   * Returns a reference to a value of the current thread, which is made if it is not there.
   *
   * @param slot the number of the value
   * @return the reference
   */
  public Reference reference(int slot) {
    return local.get().reference(slot);
  }

  /**
   * Destroys the values of the current thread, last made first. If destructors throw, the others
   * run all the same.
   *
   * @throws RuntimeException what the first destructor threw, if one did
   */
  public void destroyAll() {
    OwnedValues mine = local.get();
    local.remove();
    mine.destroyAll();
  }

  /**
   * Returns what runs a body and then destroys the values of its thread: the whole life of a
   * thread.
   *
   * @param body what the thread does
   * @return the body of the thread
   */
  public Runnable wrap(Runnable body) {
    return () -> {
      try {
        body.run();
      } finally {
        destroyAll();
      }
    };
  }

  /**
   * Returns a factory of threads that destroy their values at their end. What their destructors
   * throw ends with the thread, and is not printed.
   *
   * @param factory makes the threads
   * @return the factory
   */
  public ThreadFactory wrap(ThreadFactory factory) {
    return body -> {
      Thread thread = factory.newThread(wrap(body));
      if (thread != null && !thread.isVirtual()) {
        thread.setUncaughtExceptionHandler((ended, failure) -> {});
      }
      return thread;
    };
  }
}
