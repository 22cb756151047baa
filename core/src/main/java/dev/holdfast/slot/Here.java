// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.jdk.VirtualThreads;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the running code is: on which worker, in which runtime, in which task.
 *
 * <p>The worker of a task is the thread it is mounted on, which is true only until the task
 * suspends: an answer is used at once, or while pinned, and never kept.
 */
public final class Here {

  /**
   * The memberships of threads that a user's thread factory made. Entries are written by the
   * runtime before such a thread can ask, and removed by the thread as it ends.
   */
  private static final ConcurrentMap<Thread, Membership> ADOPTED = new ConcurrentHashMap<>();

  /**
   * Without these internals no runtime has carriers of its own, and no virtual thread is on one.
   */
  private static final boolean CARRIERS = VirtualThreads.missing() == null;

  private Here() {}

  /** Returns what the current thread, or the carrier of the current virtual thread, is. */
  public static @Nullable Membership membership() {
    return membershipOf(Thread.currentThread());
  }

  /**
   * Returns what a thread is, or its carrier if it is virtual.
   *
   * @param current the current thread
   */
  public static @Nullable Membership membershipOf(Thread current) {
    Thread platform = current;
    if (current.isVirtual()) {
      Thread carrier = CARRIERS ? VirtualThreads.carrier(current) : null;
      if (carrier == null) {
        return null;
      }
      platform = carrier;
    }
    return platform instanceof OwnerThread thread ? thread.membership() : ADOPTED.get(platform);
  }

  /** Returns the worker whose platform thread runs the current code, or null if it is none's. */
  public static @Nullable WorkerOwner worker() {
    Membership membership = membership();
    return membership == null ? null : membership.worker();
  }

  /** Returns the pass of the current thread, or null outside of every runtime. */
  public static @Nullable Object pass() {
    Membership membership = membership();
    return membership == null ? null : membership.pass();
  }

  /**
   * Returns the task that is the current thread.
   *
   * @param current the current thread, virtual
   * @param domain the runtime whose worker it is mounted on
   */
  public static @Nullable TaskScope task(Thread current, Domain domain) {
    return VirtualThreads.body(current) instanceof TaskScope task
        ? task
        : domain.strayScope(current);
  }

  /** Registers a thread that a user's factory made. */
  public static void adopt(Thread thread, Membership membership) {
    ADOPTED.put(thread, membership);
  }

  /** Forgets a thread that a user's factory made; nothing happens for other threads. */
  public static void release(Thread thread) {
    ADOPTED.remove(thread);
  }
}
