// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import org.jspecify.annotations.Nullable;

/** Somebody who can be given a turn. All fields belong to who has the turn. */
final class Strand {

  /** The kinds of them; each is carried somewhere else. */
  enum Kind {
    /** A virtual thread that a worker carries. */
    TASK,
    /** A thread of the blocking pool, which is a virtual one here. */
    JOB,
    /** A virtual thread that is nothing to the runtime. */
    OUTSIDE,
    /** What a worker's platform thread does itself. */
    OWN
  }

  final int id;
  final Kind kind;
  final String label;

  /** Null of a worker's own thread. */
  final @Nullable Thread thread;

  /** The number of the worker that it was on last, or -1. */
  int worker = -1;

  /** What runs it on, while it is ready. */
  @Nullable Runnable run;

  Strand(int id, Kind kind, String name, @Nullable Thread thread) {
    this.id = id;
    this.kind = kind;
    this.label = "#" + id + " " + name;
    this.thread = thread;
  }
}
