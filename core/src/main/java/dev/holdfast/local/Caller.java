// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.sanitizer.History;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Membership;
import dev.holdfast.slot.Origin;
import dev.holdfast.slot.OwnerThread;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.TaskMember;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who asks for a value: decides whether it may have it, and says why not. */
final class Caller {

  /**
   * The classes of ours that are on the stack where a lease or guard is taken. An arena is built on
   * this package, and takes one for who opens a scope.
   */
  private static final Set<String> TAKES =
      Set.of(
          WorkerLocal.class.getName(),
          LeasePool.class.getName(),
          "dev.holdfast.memory.WorkerArena");

  private Caller() {}

  /**
   * Returns the worker that the current thread is on.
   *
   * @param form the access form, for the message
   */
  static WorkerOwner worker(LocalKey key, String form) {
    return worker(Thread.currentThread(), key, form);
  }

  static WorkerOwner worker(Thread current, LocalKey key, String form) {
    WorkerOwner worker = mounted(current);
    if (worker == null) {
      throw noWorker(current, Here.membershipOf(current), key, form);
    }
    return worker;
  }

  /** Returns the worker whose platform thread runs the current code, or null if it is none's. */
  static @Nullable WorkerOwner mounted(Thread current) {
    Thread platform = VirtualThreads.platform(current);
    OwnerThread.settle(platform);
    return Here.workerOn(platform);
  }

  /** Returns the member of the owned tier that the current thread is, which is on no worker's. */
  static TaskMember member(Thread current, LocalKey key, String form) {
    TaskMember member = Here.memberOf(current);
    if (member == null) {
      throw noWorker(current, Here.membershipOf(current), key, form);
    }
    return member;
  }

  /** Returns the task that the current thread is, for a form that needs one. */
  static TaskScope task(Thread current, LocalKey key, String form) {
    TaskScope task = current.isVirtual() ? Here.task(current) : null;
    if (task == null) {
      throw new EscapedReferenceException(
          form
              + " of local '"
              + key
              + "' needs a task, and "
              + describe(current)
              + " is the worker's own thread: inside onOwner, a hook or a destructor use with()");
    }
    return task;
  }

  private static EscapedReferenceException noWorker(
      Thread current, @Nullable Membership membership, LocalKey key, String form) {
    if (membership != null) {
      return new EscapedReferenceException(
          form
              + " of local '"
              + key
              + "' was asked for on "
              + describe(current)
              + ", a thread of the blocking pool of runtime '"
              + membership.domain().name()
              + "', which is no worker and owns no values: take ref() or guard() in the task and"
              + " pass it to the job");
    }
    return new EscapedReferenceException(
        form
            + " of local '"
            + key
            + "' was asked for on "
            + describe(current)
            + ", which is no task of a runtime: enter one by runtime.run(...) or spawn(...), or take"
            + " guard() in a task and pass it here");
  }

  /** Says why the current thread has no values of its own; for locals that belong to tasks. */
  static EscapedReferenceException noTask(Thread current, LocalKey key, String form) {
    return noTask(current, form + " of local '" + key + "'");
  }

  /**
   * As the above.
   *
   * @param what what was asked for
   */
  static EscapedReferenceException noTask(Thread current, String what) {
    Membership membership = Here.membershipOf(current);
    String where;
    if (membership == null) {
      where =
          ", which is no task of a runtime: enter one by runtime.run(...) or spawn(...), or take"
              + " ContextSnapshot.capture() in a task and run the code inside it";
    } else if (membership.worker() == null) {
      where =
          ", a thread of the blocking pool of runtime '"
              + membership.domain().name()
              + "', whose jobs are no tasks: take ContextSnapshot.capture() in the task and run the"
              + " job inside it, or pass the value";
    } else {
      where = ", the worker's own thread, which is no task: pass the value to the function";
    }
    return new EscapedReferenceException(what + " was asked for on " + describe(current) + where);
  }

  /** Answers a reference that is used where the fast check does not hold. */
  static Object valueElsewhere(Slot slot, WorkerOwner owner) {
    Domain domain = owner.domain();
    Object pass = Here.pass();
    Object value = slot.value();
    if (value != null && (pass == domain || pass == owner)) {
      return value;
    }
    Origin released = slot.key().released();
    if (value == null && released != null) {
      Object sealed = Here.worker() == owner ? owner.sealedValue(slot.key()) : null;
      if (sealed != null) {
        return sealed;
      }
      throw FirstUse.released(slot.key(), released);
    }
    String what = "the reference to local '" + slot.key() + "' of " + owner.name();
    Thread current = Thread.currentThread();
    if (value == null) {
      throw new LocalDestroyedException(
          what
              + " was used on "
              + describe(current)
              + " after the value was destroyed: runtime '"
              + domain.name()
              + "' is "
              + domain.phase()
              + ". A value ends with its runtime; hold guard() to keep it alive"
              + History.told(slot.history()));
    }
    if (pass instanceof WorkerOwner destroying && destroying.domain() == domain) {
      throw new LocalDestroyedException(
          what
              + " was used by a destructor on "
              + destroying.name()
              + ", while its own worker may be destroying it: a destructor may use only values of"
              + " its own worker that were made before its own"
              + History.told(slot.history()));
    }
    throw new EscapedReferenceException(
        what
            + " was used on "
            + describe(current)
            + (pass == null
                ? ", which is no task or job of runtime '"
                : ", which belongs to another runtime than '")
            + domain.name()
            + "': use it in the runtime's own tasks, or take guard() in a task and pass that"
            + History.told(slot.history()));
  }

  /** Returns where a lease or guard was taken: the stack from the taker's own code on. */
  static List<StackTraceElement> place(@Nullable Throwable taken) {
    if (taken == null) {
      return List.of();
    }
    List<StackTraceElement> stack = List.of(taken.getStackTrace());
    int own = 0;
    while (own < stack.size() && TAKES.contains(stack.get(own).getClassName())) {
      own++;
    }
    return stack.subList(own, stack.size());
  }

  /** Returns the end of a message on what was taken there, if it is known. */
  static String toldPlace(@Nullable Throwable taken) {
    List<StackTraceElement> stack = place(taken);
    return stack.isEmpty() ? "" : "; it was taken at " + stack.getFirst();
  }

  static String describe(Thread thread) {
    String name = thread.getName();
    return (thread.isVirtual() ? "virtual thread " : "thread ")
        + (name.isEmpty() ? "#" + thread.threadId() : "'" + name + "'");
  }

  /**
   * Returns the name of a task from what is kept of it instead of the task.
   *
   * @param given the name of its thread, empty if it has none
   * @param ofTask whether it was made by a runtime, and is no thread that code inside a task
   *     started
   * @param id that of its thread
   */
  static String taskName(String given, boolean ofTask, long id) {
    return given.isEmpty() ? (ofTask ? "task-" : "thread-") + id : given;
  }
}
