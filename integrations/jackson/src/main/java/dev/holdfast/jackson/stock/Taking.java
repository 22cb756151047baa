// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson.stock;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;

/**
 * That somebody took a thing, who and where; queued if the thing is collected before its return.
 */
final class Taking extends PhantomReference<Object> {

  private final Takings all;
  private final String by;
  private final Throwable place;

  Taking(Takings all, Object thing, ReferenceQueue<Object> queue) {
    super(thing, queue);
    this.all = all;
    this.by = describe(Thread.currentThread());
    this.place = new Throwable("taken here");
  }

  String by() {
    return by;
  }

  Throwable place() {
    return place;
  }

  /** The thing was given back. */
  void ended() {
    all.ended(this);
  }

  static String describe(Thread thread) {
    String name = thread.getName();
    return (thread.isVirtual() ? "virtual thread " : "thread ")
        + (name.isEmpty() ? "#" + thread.threadId() : "'" + name + "'");
  }
}
