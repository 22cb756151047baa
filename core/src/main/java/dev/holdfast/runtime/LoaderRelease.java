// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.ExclusiveAccess;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.Origin;
import dev.holdfast.slot.TaskScope;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * The release of a class loader, of a plugin or of an application that is deployed anew: destroys
 * the values of its locals in all runtimes, so that nothing of Holdfast keeps it alive.
 *
 * <p>A local comes from the class loaders of its initialiser, of its destructor and of the class
 * that made it. It is released with any of them.
 */
public final class LoaderRelease {

  private LoaderRelease() {}

  /**
   * Releases a class loader. From now on the first use of its locals, on any worker and in any task
   * or thread, throws {@code LocalDestroyedException}. Waits for the tasks and blocking jobs whose
   * body is of a class of this loader, for leases, guards and running {@code with}s of its locals,
   * and for tasks and threads that have values of its {@code TaskLocal}s and {@code
   * ThreadExitLocal}s, which they destroy as they end. Then the values are destroyed, each on its
   * worker's platform thread, last made first; those of other loaders stay.
   *
   * <p>At the deadline, or when the calling thread is interrupted, this returns with a report of
   * who still holds what. Nothing is destroyed under a holder: the release goes on by itself, on a
   * thread of its own, and ends when the last holder or the runtime does. So it does if this throws
   * for want of memory, unless there is none for that thread either: then a later call moves it on.
   * Interrupts nobody.
   *
   * <p>A reference is not waited for. A task of another loader that keeps one takes a guard as
   * well, or its next use throws {@code LocalDestroyedException}.
   *
   * <p>Afterwards the collector is asked, a few times, whether it can unload the loader. It can
   * only if nobody else refers to it, the caller included: see {@link Report#isCollected}. To close
   * a {@link java.net.URLClassLoader} is the caller's, after this: destructors load classes.
   *
   * <p>May be called by any thread, several times, and at the same time: the calls wait for the
   * same release. Blocks.
   *
   * @param loader the class loader
   * @param deadline how long to wait at most, not negative; a tenth of a second may go by on top of
   *     it, for a report of what workers have that do not answer
   * @return what was reached
   * @throws IllegalArgumentException if the loader is one that lives as long as Holdfast itself:
   *     its own, a parent of that, the platform's
   * @throws BlockingEntryException if the calling thread is a worker's own, a task inside {@code
   *     with}, a task or job whose body comes from the loader, a task that has a lease of its, or a
   *     task or thread that has a value of its {@code TaskLocal}s or {@code ThreadExitLocal}s: for
   *     the end of these this would wait
   */
  @SuppressWarnings("checkstyle:ParameterAssignment") // see there
  public static Report release(ClassLoader loader, Duration deadline) {
    Origin origin = Origin.of(Objects.requireNonNull(loader, "loader must not be null"));
    if (Objects.requireNonNull(deadline, "deadline must not be null").isNegative()) {
      throw new IllegalArgumentException("deadline must not be negative, was " + deadline);
    }
    if (origin == null) {
      throw new IllegalArgumentException(
          loader
              + " cannot be released: it is the class loader of Holdfast itself, or one of its"
              + " parents; release the loader of the plugin");
    }
    // Else this frame would keep it while the collector is asked.
    loader = null;
    refuseInside(origin);
    return Unloading.of(origin).await(deadline);
  }

  private static void refuseInside(Origin origin) {
    Thread current = Thread.currentThread();
    Membership membership = Here.membershipOf(current);
    TaskScope task = Here.scope(current);
    if (origin.isHeldBy(current, task) || (task != null && task.holds(origin))) {
      throw new BlockingEntryException(
          "LoaderRelease.release() of "
              + origin
              + " was called on "
              + current
              + ", which has a lease or a value of it, and for whose end it would wait: close the"
              + " lease, or call it in another task or on another thread");
    }
    if (membership == null) {
      return;
    }
    boolean workers = !current.isVirtual() && membership.worker() != null;
    boolean inside = ExclusiveAccess.isOn(current.getStackTrace());
    if (workers || inside || Unloading.isRunBy(current, origin)) {
      throw new BlockingEntryException(
          "LoaderRelease.release() of "
              + origin
              + " was called on "
              + current
              + ", for whose end it would wait: call it in a task of the host, outside of with(), or"
              + " on a thread outside");
    }
  }

  /** The kinds of reference of Holdfast's that can keep a class loader. */
  public enum Reference {
    /** A live task whose body is of the loader. */
    TASK,
    /** A live blocking job whose body is of the loader. */
    JOB,
    /** A value, leased or free, of one of its worker-locals. */
    LEASE,
    /** An open guard of one of its worker-locals. */
    GUARD,
    /** The slot of one of its worker-locals. */
    SLOT,
    /** A value of one of its task-locals or thread-exit locals. */
    VALUE,
    /**
     * A value, leased or not, in a worker-local of another loader: one of its classes, or any if
     * that loader is below it and so keeps it.
     */
    VALUE_OF_OTHER_LOCAL,
    /** An option that a live runtime was started with: its listener, thread factory or handler. */
    RUNTIME_OPTION
  }

  /**
   * A reference that remains.
   *
   * @param kind what it is
   * @param name the name of the task, job or local, or of the option
   * @param where the name of the worker or runtime that has it
   */
  public record Remaining(Reference kind, String name, String where) {}

  /** What a release has reached: a snapshot, but for {@link #isCollected}. */
  public static final class Report {
    private final Origin origin;
    private final Duration took;
    private final boolean complete;
    private final long destroyed;
    private final List<ShutdownReport.Failure> failures;
    private final List<ShutdownReport.Holder> holders;
    private final boolean collected;
    private final List<Remaining> remaining;

    Report(
        Origin origin,
        Duration took,
        boolean complete,
        List<ShutdownReport.Holder> holders,
        boolean collected,
        List<Remaining> remaining) {
      this.origin = origin;
      this.took = took;
      this.complete = complete;
      this.destroyed = origin.destroyed();
      this.failures = origin.failures();
      this.holders = List.copyOf(holders);
      this.collected = collected;
      this.remaining = List.copyOf(remaining);
    }

    /**
     * Returns what the loader was called; not the loader, which would be kept by this.
     *
     * @return its class, name and identity hash
     */
    public String loader() {
      return origin.name();
    }

    /**
     * Returns how long the call waited, without the time of the collector.
     *
     * @return the time
     */
    public Duration took() {
      return took;
    }

    /**
     * Says whether every value is destroyed.
     *
     * @return false if the deadline came first
     */
    public boolean complete() {
      return complete;
    }

    /**
     * Returns how many values were destroyed since the first call for this loader, those that ended
     * with their task or thread meanwhile included.
     *
     * @return the number
     */
    public long destroyed() {
      return destroyed;
    }

    /**
     * Returns what destructors threw. The causes are descriptions: text and stack, without classes.
     *
     * @return the failures, in no certain order between workers
     */
    public List<ShutdownReport.Failure> failures() {
      return failures;
    }

    /**
     * Returns who was still alive at the deadline, at most {@link ShutdownReport#MAX_LISTED}.
     *
     * @return the holders; empty if the release is complete
     */
    public List<ShutdownReport.Holder> holders() {
      return holders;
    }

    /**
     * Says whether the loader was collected when the report was made.
     *
     * @return false if something keeps it, or the release is not complete
     */
    public boolean collected() {
      return collected;
    }

    /**
     * Returns what of Holdfast's own kept the loader when the report was made. Empty in a complete
     * report, unless a runtime or a local of another loader was given objects of the loader: then
     * what keeps it is elsewhere.
     *
     * @return the references
     */
    public List<Remaining> remaining() {
      return remaining;
    }

    /**
     * Says whether the loader is collected by now; asks the collector a few times if not. For who
     * calls {@code release} with a loader that it still refers to itself, once it has let go of it.
     *
     * @return whether it is collected
     */
    public boolean isCollected() {
      return Unloading.collect(origin);
    }

    /** Says in one line, then a line for each, what this report holds. */
    @Override
    public String toString() {
      StringBuilder text =
          new StringBuilder("release of ")
              .append(origin)
              .append(complete ? " complete" : " not complete")
              .append(" after ")
              .append(took.toMillis())
              .append(" ms: destroyed ")
              .append(destroyed)
              .append(", failures ")
              .append(failures.size())
              .append(collected ? ", collected" : ", not collected");
      failures.forEach(each -> text.append("\n  failed ").append(each));
      holders.forEach(each ->
          text.append("\n  holds ")
              .append(each.kind())
              .append(" '")
              .append(each.name())
              .append("' of ")
              .append(each.owner())
              .append(each.place().map(place -> ", at " + place).orElse("")));
      remaining.forEach(each -> text.append("\n  keeps it: ").append(each));
      return text.toString();
    }
  }
}
