// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** A moment at which a runtime is ended, and what goes on around it. */
public enum Scenario {
  /** Each thread has values, and nothing runs. */
  IDLE("each thread has values, and nothing runs"),
  /** Tasks compute with the values of other threads, and end at different times. */
  BUSY("tasks compute with values of other threads, and end at different times"),
  /** Tasks are suspended; they are woken after the end was asked for. */
  PARKED("tasks are suspended, and are woken after the end was asked for"),
  /** All threads are occupied, and tasks wait for one. */
  QUEUED("all threads are occupied, and tasks wait for one"),
  /** Threads outside submit tasks until they are refused. */
  SUBMITTED("threads outside submit tasks until they are refused"),
  /** Tasks do not heed interrupts, and outlive a first, bounded wait for the end. */
  DEAF("tasks do not heed interrupts, and outlive a bounded wait for the end"),
  /** Timers are set for moments around the end. */
  TIMERS("timers are set for moments around the end"),
  /** Jobs block their threads, where the runtime wants such jobs to be. */
  BLOCKING_JOBS("jobs block threads, where the runtime wants such jobs"),
  /**
   * Threads outside wake tasks before, while and after the runtime ends, more often than needed.
   */
  WAKE_UPS("threads outside wake tasks during and after the end"),
  /** Each destructor takes its time; who waits for the end waits for it too. */
  SLOW_DESTRUCTOR("destructors take their time"),
  /** Some destructors throw; the others are run all the same. */
  FAILING_DESTRUCTOR("some destructors throw"),
  /** Destructors submit tasks: those are refused, or run. */
  SPAWNING_DESTRUCTOR("destructors submit tasks"),
  /** A task of the runtime ends it, and then a thread outside does. */
  FROM_INSIDE("a task ends its own runtime"),
  /** Several threads end the runtime at the same time. */
  TWICE("several threads end it at once"),
  /** Threads outside use values that they hold in the way that the runtime has for it. */
  FOREIGN_HOLDER("threads outside hold values, in the runtime's own way"),
  /** The JVM exits, in a JVM of its own, with a shutdown hook that ends the runtime. */
  JVM_EXIT("the JVM exits, with a hook that ends the runtime");

  private final String words;

  Scenario(String words) {
    this.words = words;
  }

  /**
   * Returns the name by which the scenario is chosen and listed.
   *
   * @return lower-case words joined by hyphens
   */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Returns what the scenario is, in a sentence without a full stop.
   *
   * @return the words
   */
  public String words() {
    return words;
  }

  /**
   * Returns the scenario with a name.
   *
   * @param id as {@link #id} returns it
   * @return the scenario, or empty if there is none
   */
  public static Optional<Scenario> named(String id) {
    return Arrays.stream(values()).filter(scenario -> scenario.id().equals(id)).findFirst();
  }
}
