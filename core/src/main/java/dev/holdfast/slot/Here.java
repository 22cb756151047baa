// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.jdk.Uninterruptibly;
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
   * runtime before such a thread can ask, and removed by the thread as it ends; those of threads
   * that never ran, by the runtime when it gives the thread up, or else at its own end.
   */
  private static final ConcurrentMap<Thread, Membership> ADOPTED = new ConcurrentHashMap<>();

  // Set before the first entry is. Plain: who finds an entry of its own is told of it, or of its
  // carrier, by what started that thread, and this was written before. To look in vain is what
  // every start by a thread outside would do.
  private static boolean everAdopted;

  /**
   * The memberships of the virtual threads of the owned tier. Inherited, so that those which a task
   * makes by itself are known too.
   */
  private static final InheritableThreadLocal<@Nullable TaskMember> MEMBER =
      new InheritableThreadLocal<>() {
        @Override
        protected @Nullable TaskMember childValue(@Nullable TaskMember parent) {
          return parent == null || parent.isMaking() || !MadeThread.isVirtual()
              ? null
              : parent.child();
        }
      };

  // Set before the first membership is. Plain reads would do for the thread that becomes a member,
  // which reads what it wrote or its maker did; volatile is as cheap to read.
  private static volatile boolean members;

  /** What threads that are no tasks run parts of, each set and removed by its thread alone. */
  private static final ThreadLocal<TaskScope> BORROWED = new ThreadLocal<>();

  // Plain: who has to find an entry of its own thread has written this before, on that thread. To
  // ask a thread-local in vain would leave an entry in every thread that starts a task.
  private static boolean everBorrowed;

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
    Membership membership = membershipOn(VirtualThreads.platform(current));
    return membership != null ? membership : memberOf(current);
  }

  /**
   * Returns what a platform thread is.
   *
   * @param platform the thread that runs the current code
   */
  static @Nullable Membership membershipOn(@Nullable Thread platform) {
    return platform instanceof OwnerThread thread ? thread.membership() : adopted(platform);
  }

  /**
   * Returns what the current thread is to a runtime of the owned tier, or null if it is no task of
   * one.
   *
   * @param current the current thread
   */
  public static @Nullable TaskMember memberOf(Thread current) {
    if (!members) {
      return null;
    }
    TaskMember member = MEMBER.get();
    if (member != null && member.thread() == null) {
      member.thread(current);
    }
    return member;
  }

  /** Makes the current thread a member, until its end. */
  public static void become(TaskMember member) {
    members = true;
    MEMBER.set(member);
  }

  /** Returns the worker that the current code is on, or null if it is on none. */
  public static @Nullable WorkerOwner worker() {
    return workerOf(Thread.currentThread());
  }

  /**
   * Returns the worker that the current code is on, or null if it is on none.
   *
   * @param current the current thread
   */
  public static @Nullable WorkerOwner workerOf(Thread current) {
    WorkerOwner worker = workerOn(VirtualThreads.platform(current));
    if (worker != null) {
      return worker;
    }
    TaskMember member = memberOf(current);
    return member == null ? null : member.on();
  }

  /**
   * Returns the worker whose platform thread this is, or null if it is none's.
   *
   * @param platform the thread that runs the current code
   */
  public static @Nullable WorkerOwner workerOn(@Nullable Thread platform) {
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
    Thread current = Thread.currentThread();
    return passOf(current, VirtualThreads.platform(current));
  }

  /**
   * Returns the pass of the current thread, or null if it belongs to no runtime.
   *
   * @param current the current thread
   * @param platform the thread that runs the current code
   */
  public static @Nullable Object passOf(Thread current, @Nullable Thread platform) {
    if (platform instanceof OwnerThread thread) {
      WorkerOwner worker = thread.worker();
      return worker != null ? worker.pass() : thread.membership().pass();
    }
    Membership membership = adopted(platform);
    if (membership == null) {
      membership = memberOf(current);
    }
    return membership == null ? null : membership.pass();
  }

  private static @Nullable Membership adopted(@Nullable Thread platform) {
    return platform == null || !everAdopted ? null : ADOPTED.get(platform);
  }

  /**
   * Returns the task that the current thread is, or null if it is no task of any runtime.
   *
   * @param current the current thread
   */
  public static @Nullable TaskScope task(Thread current) {
    Membership membership = membershipOn(VirtualThreads.platform(current));
    if (membership == null) {
      TaskMember member = memberOf(current);
      return member == null ? null : member.task();
    }
    if (!VirtualThreads.isCarried(current)) {
      return null;
    }
    TaskScope made = madeAs(current);
    return made != null ? made : membership.domain().strayScope(current);
  }

  /**
   * Returns the task that the current thread was made to run, or null if there is none, or if that
   * cannot be read. Quicker than {@link #task}, and the same on a thread that serves a runtime, and
   * wherever the task has values; else that has to be asked.
   *
   * @param current the current thread
   */
  public static @Nullable TaskScope madeAs(Thread current) {
    return VirtualThreads.isCarried(current)
            && VirtualThreads.body(current) instanceof TaskScope task
        ? task
        : null;
  }

  /**
   * Returns what the task-locals of the current code belong to: the task that is the current
   * thread, or what {@link #borrow} set on another; null if it is neither.
   *
   * @param current the current thread
   */
  public static @Nullable TaskScope scope(Thread current) {
    TaskScope task = task(current);
    return task != null || !everBorrowed ? task : BORROWED.get();
  }

  /**
   * Sets what the current thread, which is no task, runs a part of.
   *
   * @param scope null when it does so no more
   */
  public static void borrow(@Nullable TaskScope scope) {
    if (scope == null) {
      BORROWED.remove();
    } else {
      everBorrowed = true;
      BORROWED.set(scope);
    }
  }

  /** Registers a thread that a user's factory made. */
  public static void adopt(Thread thread, Membership membership) {
    everAdopted = true;
    ADOPTED.put(thread, membership);
  }

  /**
   * The current platform thread has run the last job of its runtime, and ends.
   *
   * @param former what it is from now on
   */
  public static void leave(Membership former) {
    Thread current = Thread.currentThread();
    if (current instanceof OwnerThread thread) {
      thread.leave(former);
    } else {
      ADOPTED.replace(current, former);
    }
  }

  /**
   * Waits until a thread that served a runtime has ended, and forgets it: by itself it does so only
   * if it has run, and a user's factory may have made one that did not start. An interrupt does not
   * end the wait and stays set.
   */
  public static void awaitEnd(Thread thread) {
    Uninterruptibly.join(thread);
    release(thread);
  }

  /** Forgets a thread that a user's factory made; nothing happens for other threads. */
  public static void release(Thread thread) {
    ADOPTED.remove(thread);
  }
}
