// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.check;

/** A place where a runtime runs code of its user's, and where what that throws is to be found. */
public enum Callback {
  /** The body of {@code spawn}. */
  TASK(Lands.FUTURE),
  /** The body of {@code run}, on behalf of a thread outside. */
  RUN(Lands.CALLER),
  /** The command of {@code execute}. */
  COMMAND(Lands.HANDLER),
  /** The body of a thread of {@code threadFactory()}. */
  FACTORY_THREAD(Lands.HANDLER),
  /** The body of a virtual thread that a task starts by itself. */
  STRAY(Lands.THREADS_OWN),
  /** The body of {@code spawnBlocking}. */
  JOB(Lands.FUTURE),
  /** The initialiser of a worker-local. */
  INITIALIZER(Lands.CALLER),
  /** The initialiser of a worker-local, for a lease. */
  LEASE_INITIALIZER(Lands.CALLER),
  /** The initialiser of a worker-local, by its owner's thread. */
  OWNER_INITIALIZER(Lands.CALLER),
  /** The initialiser of a task-local. */
  TASK_INITIALIZER(Lands.CALLER),
  /** The initialiser of a thread-exit local. */
  THREAD_INITIALIZER(Lands.CALLER),
  /** The function of {@code with}. */
  WITH(Lands.CALLER),
  /** The function of {@code onOwner}. */
  ON_OWNER(Lands.CALLER),
  /** The body of a snapshot, on a thread that is no task. */
  SNAPSHOT(Lands.CALLER),
  /** What copies a task-local's value, in {@code spawn}. */
  COPIER(Lands.CALLER),
  /** The destructor of a worker-local. */
  DESTRUCTOR(Lands.REPORT),
  /** The destructor of a worker-local, for leased values. */
  LEASE_DESTRUCTOR(Lands.REPORT),
  /** The destructor of a worker-local, for values of one lease alone. */
  TEMPORARY_DESTRUCTOR(Lands.REPORT),
  /** The destructor of a task-local. */
  TASK_DESTRUCTOR(Lands.REPORT),
  /** The destructor of a value that was bound to a task. */
  BOUND_DESTRUCTOR(Lands.REPORT),
  /** The destructor of a thread-exit local. */
  THREAD_DESTRUCTOR(Lands.REPORT),
  /** A method of the listener. */
  WORKER_STARTED(Lands.HANDLER),
  /** A method of the listener. */
  WORKER_STOPPED(Lands.HANDLER_AND_REPORT),
  /** A method of the listener. */
  WORKER_PARKED(Lands.HANDLER),
  /** A method of the listener. */
  WORKER_UNPARKED(Lands.HANDLER),
  /** A method of the listener. */
  TASK_STARTED(Lands.HANDLER),
  /** A method of the listener. */
  TASK_ENDED(Lands.HANDLER),
  /** A method of the listener. */
  PHASE_ENTERED(Lands.HANDLER_AND_REPORT),
  /** A method of the listener. */
  LEAKED(Lands.HANDLER),
  /** A method of the listener. */
  BLOCKED_WHILE_PINNED(Lands.HANDLER),
  /** The handler of what nobody else gets. */
  UNCAUGHT_HANDLER(Lands.LOG),
  /** The factory of platform threads, past those of the configured workers. */
  THREAD_FACTORY(Lands.ANYWHERE),
  /** What the log of the JVM is given to, as a file that is full. */
  LOG_HANDLER(Lands.ANYWHERE);

  /** Where what is thrown is to be found. */
  enum Lands {
    /** Thrown by the call that led to it. */
    CALLER,
    /** In the future of the task. */
    FUTURE,
    /** Given to the uncaught-exception handler of the runtime. */
    HANDLER,
    /** Given to the uncaught-exception handler of its thread. */
    THREADS_OWN,
    /** In the report of the shutdown. */
    REPORT,
    /** Both. */
    HANDLER_AND_REPORT,
    /** In the log. */
    LOG,
    /** Nowhere in particular: that everything else holds is enough. */
    ANYWHERE
  }

  private final Lands lands;

  Callback(Lands lands) {
    this.lands = lands;
  }

  Lands lands() {
    return lands;
  }

  boolean isDestructor() {
    return lands == Lands.REPORT;
  }
}
