// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.interrupts;

import java.util.EnumSet;
import java.util.Set;

/** The kinds of thread on which somebody may wait. */
public enum Caller {
  /** A task. */
  TASK,
  /** A virtual thread that code inside a task started by itself. */
  STRAY,
  /** A blocking job. */
  JOB,
  /** A platform thread that is nothing to the runtime. */
  PLATFORM,
  /** A virtual thread that is nothing to the runtime. */
  VIRTUAL;

  /** Returns all of them. */
  static Set<Caller> all() {
    return EnumSet.allOf(Caller.class);
  }

  /** Returns those that may use a worker's values. */
  static Set<Caller> onWorkers() {
    return EnumSet.of(TASK, STRAY);
  }

  /** Returns those that may wait for the end of the runtime. */
  static Set<Caller> outside() {
    return EnumSet.of(PLATFORM, VIRTUAL);
  }

  /** Returns those that may wait for a task by {@code run}. */
  static Set<Caller> offWorkers() {
    return EnumSet.of(JOB, PLATFORM, VIRTUAL);
  }
}
