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
    Thread platform = VirtualThreads.platform(current);
    return platform instanceof OwnerThread thread ? thread.membership() : adopted(platform);
  }

  /** Returns the worker whose platform thread runs the current code, or null if it is none's. */
  public static @Nullable WorkerOwner worker() {
    return workerOf(Thread.currentThread());
  }

  /**
   * Returns the worker whose platform thread runs the current code, or null if it is none's.
   *
   * @param current the current thread
   */
  public static @Nullable WorkerOwner workerOf(Thread current) {
    Thread platform = VirtualThreads.platform(current);
    if (platform instanceof OwnerThread thread) {
      return thread.worker();
    }
    Membership membership = adopted(platform);
    return membership == null ? null : membership.worker();
  }

  /**
   * Returns the live value at an index of the worker whose thread this is.
   *
   * @param platform the thread that runs the current code
   * @return the value, or null if there is none or the worker has to be asked
   */
  public static @Nullable Object value(@Nullable Thread platform, int index) {
    return platform instanceof OwnerThread thread ? thread.value(index) : null;
  }

  /**
   * Returns the reference at an index of the worker whose thread this is, as {@link #value}.
   *
   * @param platform the thread that runs the current code
   */
  public static @Nullable Object reference(@Nullable Thread platform, int index) {
    return platform instanceof OwnerThread thread ? thread.reference(index) : null;
  }

  /** Returns the pass of the current thread, or null outside of every runtime. */
  public static @Nullable Object pass() {
    return passOf(VirtualThreads.platform(Thread.currentThread()));
  }

  /**
   * Returns the pass of a platform thread, or null if it belongs to no runtime.
   *
   * @param platform the thread that runs the current code
   */
  public static @Nullable Object passOf(@Nullable Thread platform) {
    if (platform instanceof OwnerThread thread) {
      WorkerOwner worker = thread.worker();
      return worker != null ? worker.pass() : thread.membership().pass();
    }
    Membership membership = adopted(platform);
    return membership == null ? null : membership.pass();
  }

  private static @Nullable Membership adopted(@Nullable Thread platform) {
    return platform == null ? null : ADOPTED.get(platform);
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
