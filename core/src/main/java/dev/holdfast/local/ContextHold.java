// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.TaskScope;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A thread outside of a runtime that uses values of its tasks, which holds the barrier. */
final class ContextHold extends Registry.Placed implements Holder {

  private final Domain domain;
  private final Thread thread;
  private final long since;
  private final @Nullable ContextHold next;

  private ContextHold(Domain domain, Thread thread, @Nullable ContextHold next) {
    this.domain = domain;
    this.thread = thread;
    this.since = domain.now();
    this.next = next;
  }

  /**
   * Holds the runtimes that do not count the current thread already.
   *
   * @return what is to be released by the same thread, or null for nothing
   */
  static @Nullable ContextHold of(Iterable<Domain> domains, Thread current) {
    ContextHold last = null;
    for (Domain domain : domains) {
      if (!isCounted(current, domain)) {
        last = new ContextHold(domain, current, last);
        domain.heldOutside(last);
      }
    }
    return last;
  }

  /** Says whether a thread runs a task or job of a runtime. */
  private static boolean isCounted(Thread current, Domain domain) {
    TaskScope task = Here.task(current);
    if (task != null) {
      return task.domain() == domain;
    }
    Membership membership = Here.membershipOf(current);
    // A thread of the pool that has run its last job has no pass, and is not waited for.
    return membership != null && membership.worker() == null && membership.pass() == domain;
  }

  static void release(@Nullable ContextHold last) {
    for (ContextHold each = last; each != null; each = each.next) {
      each.domain.releasedOutside(each);
    }
  }

  @Override
  public ShutdownReport.Holder describe(long now) {
    return new ShutdownReport.Holder(
        ShutdownReport.Kind.GUARD,
        "ContextSnapshot",
        "a run on " + Caller.describe(thread),
        Duration.ofNanos(Math.max(0, now - since)),
        List.of(thread.getStackTrace()));
  }
}
