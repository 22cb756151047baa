// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.shutdown;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a shutdown reached, and what stood or stands in its way.
 *
 * <p>A report is a snapshot, taken when the closing thread's wait ended. {@code phase} is {@link
 * ShutdownPhase#TERMINATED} exactly if everything is destroyed and joined; else {@code holders}
 * names who still holds the barrier back.
 *
 * @param phase the phase reached
 * @param took the time from the first request to shut down until this report
 * @param made worker-local values made over the runtime's life, leased ones included
 * @param destroyed values whose destructor has been run (or which had none and were dropped)
 * @param failures what was thrown by destructors, and after the shutdown began by tasks, jobs and
 *     the listener; at most {@link #MAX_LISTED}, the oldest
 * @param holders the tasks, jobs, leases, guards and destructors that are still alive; at most
 *     {@link #MAX_LISTED}
 * @param leaks leases that were still open when the task that took them ended, and, under the
 *     sanitiser, leases and guards that were collected unclosed; at most {@link #MAX_LISTED}
 * @param counts how many holders there are of each kind, those that are not listed included
 * @param unlisted how many entries each list would have in addition, without its limit
 */
public record ShutdownReport(
    ShutdownPhase phase,
    Duration took,
    long made,
    long destroyed,
    List<Failure> failures,
    List<Holder> holders,
    List<Holder> leaks,
    Counts counts,
    Unlisted unlisted) {

  /** The most entries that each list of a report holds. */
  public static final int MAX_LISTED = 256;

  /** Makes a report; the lists are copied. */
  public ShutdownReport {
    failures = List.copyOf(failures);
    holders = List.copyOf(holders);
    leaks = List.copyOf(leaks);
  }

  /**
   * Says whether the shutdown is complete.
   *
   * @return true if the phase is {@link ShutdownPhase#TERMINATED}
   */
  public boolean terminated() {
    return phase == ShutdownPhase.TERMINATED;
  }

  /** The kinds of holder and of failure. */
  public enum Kind {
    /** A task: a virtual thread on the workers. */
    TASK,
    /** A blocking job: submitted, waiting for its thread, or running. */
    JOB,
    /** A lease of a worker-local value. */
    LEASE,
    /** A guard of a worker-local value. */
    GUARD,
    /** A destructor that is running. */
    DESTRUCTOR,
    /** A method of the user's listener, which threw after the shutdown began. */
    HOOK,
    /** A value of a task or thread that lives on; where a class loader is released. */
    VALUE
  }

  /**
   * Something that was thrown.
   *
   * @param kind what threw
   * @param name the name of the task, of the job, of the local whose destructor it was, or of the
   *     listener's method
   * @param owner the name of the worker or thread it happened on, or of the task that had the value
   * @param cause what was thrown
   */
  public record Failure(Kind kind, String name, String owner, Throwable cause) {}

  /**
   * Something that is still alive.
   *
   * @param kind what it is
   * @param name the name of the task or job, or of the local that is leased or guarded
   * @param owner the task that holds it, or the worker it belongs to
   * @param age the time since it began, to about ten milliseconds
   * @param stack where it stands now (task, job, destructor) or where it was taken (lease, guard);
   *     empty if that was not recorded
   */
  public record Holder(
      Kind kind, String name, String owner, Duration age, List<StackTraceElement> stack) {

    /** Makes a holder; the stack is copied. */
    public Holder {
      stack = List.copyOf(stack);
    }

    /**
     * Returns the innermost frame of the stack that is not the JDK's, which is the one that the
     * reader can change; the innermost of all if there is no other.
     *
     * @return the frame, or empty if the stack is
     */
    public Optional<StackTraceElement> place() {
      return stack.stream()
          .filter(frame -> !frame.getClassName().matches("(java|jdk|sun)\\..*"))
          .findFirst()
          .or(() -> stack.stream().findFirst());
    }
  }

  /**
   * How many holders of each kind are alive.
   *
   * @param tasks the tasks, virtual threads started by code inside tasks included
   * @param jobs the blocking jobs, those not yet started included
   * @param leases the open leases
   * @param guards the open guards
   */
  public record Counts(long tasks, long jobs, long leases, long guards) {}

  /**
   * How many entries the lists of a report do not show, because there were more than {@link
   * #MAX_LISTED}.
   *
   * @param failures the failures that came later
   * @param holders the holders that were met later
   * @param leaks the leaks that came later
   */
  public record Unlisted(long failures, long holders, long leaks) {

    /** Every entry is listed. */
    public static final Unlisted NONE = new Unlisted(0, 0, 0);
  }

  /** Says in one line, then a line for each failure and holder, what this report holds. */
  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder("shutdown ")
            .append(phase)
            .append(" after ")
            .append(took.toMillis())
            .append(" ms: made ")
            .append(made)
            .append(", destroyed ")
            .append(destroyed)
            .append(", failures ")
            .append(failures.size() + unlisted.failures)
            .append("; alive: tasks ")
            .append(counts.tasks)
            .append(", jobs ")
            .append(counts.jobs)
            .append(", leases ")
            .append(counts.leases)
            .append(", guards ")
            .append(counts.guards);
    for (Failure failure : failures) {
      text.append("\n  failed ")
          .append(failure.kind)
          .append(" '")
          .append(failure.name)
          .append("' on ")
          .append(failure.owner)
          .append(": ")
          .append(failure.cause);
    }
    more(text, "failed", unlisted.failures);
    describe(text, "holds", holders);
    more(text, "holds", unlisted.holders);
    describe(text, "leaked", leaks);
    more(text, "leaked", unlisted.leaks);
    return text.toString();
  }

  private static void more(StringBuilder text, String verb, long unlisted) {
    if (unlisted > 0) {
      text.append("\n  ").append(verb).append(" ... and ").append(unlisted).append(" more");
    }
  }

  private static void describe(StringBuilder text, String verb, List<Holder> holders) {
    for (Holder holder : holders) {
      text.append("\n  ")
          .append(verb)
          .append(' ')
          .append(holder.kind)
          .append(" '")
          .append(holder.name)
          .append("' of ")
          .append(holder.owner)
          .append(", age ")
          .append(holder.age.toMillis())
          .append(" ms");
      holder.place().ifPresent(frame -> text.append(", at ").append(frame));
    }
  }
}
