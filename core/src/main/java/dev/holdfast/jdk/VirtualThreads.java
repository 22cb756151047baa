// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The internals of the JDK's virtual threads that a scheduler of our own needs, found once and
 * checked once.
 *
 * <p>Everything here rests on {@code java.base} opening {@code java.lang} to this library. With
 * that one flag it can open the package of continuations to itself, so that no second one is
 * needed. When something is missing, {@link #missing} says what, and no other method may be called.
 */
public final class VirtualThreads {

  /** The flag that opens what is needed; also the value of {@code Add-Opens} in a manifest. */
  public static final String FLAG = "--add-opens java.base/java.lang=";

  /** The state of a virtual thread that was started and has never run. */
  private static final int STARTED = 1;

  /** The first of the states that have to do with monitors. */
  private static final int BLOCKING = 12;

  /** The last of them. */
  private static final int TIMED_WAIT = 18;

  /** Is added to the state of a thread while its stack is taken. */
  private static final int SUSPENDED = 256;

  /** The last state of a virtual thread. */
  private static final int TERMINATED = 99;

  private static final @Nullable String MISSING;

  // Exact types: invokeExact on a constant handle is compiled to the bare field access or call.
  private static final MethodHandle NEW_THREAD; // (Executor, String, int, Runnable) -> Thread
  private static final MethodHandle START; // (Thread, Object container) -> void
  private static final MethodHandle CARRIER; // (Thread) -> Thread, plain read
  private static final MethodHandle STATE; // (Thread) -> int, volatile read
  private static final MethodHandle THREAD_OF; // (Object continuation runnable) -> Thread
  private static final MethodHandle CONTINUATION; // (Thread) -> Object
  private static final MethodHandle TARGET; // (Object continuation) -> Runnable
  private static final MethodHandle BODY; // (Runnable target) -> Runnable
  private static final MethodHandle PIN; // () -> void
  private static final MethodHandle UNPIN; // () -> void
  private static final @Nullable Class<?> RUN_CLASS;

  /** The JDK's own scheduler of virtual threads, or null if it is not known where that is. */
  private static final @Nullable Executor DEFAULT_SCHEDULER;

  /** The class of every virtual thread that has a carrier; it is final. */
  private static final @Nullable Class<?> VIRTUAL_CLASS;

  static {
    Found found = null;
    String missing = null;
    try {
      found = Found.search();
      IoPollers.start();
      // Initialised now, and not where a worker looks first: memory may be at its end there.
      Sockets.isThere();
    } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
      missing = Opening.explain(e, "virtual threads");
    }
    MISSING = missing;
    MethodHandle none = MethodHandles.empty(MethodType.methodType(void.class));
    NEW_THREAD = found == null ? none : found.newThread;
    START = found == null ? none : found.start;
    CARRIER = found == null ? none : found.carrier;
    STATE = found == null ? none : found.state;
    THREAD_OF = found == null ? none : found.threadOf;
    CONTINUATION = found == null ? none : found.continuation;
    TARGET = found == null ? none : found.target;
    BODY = found == null ? none : found.body;
    PIN = found == null ? none : found.pin;
    UNPIN = found == null ? none : found.unpin;
    RUN_CLASS = found == null ? null : found.runClass;
    DEFAULT_SCHEDULER = found == null ? null : found.defaultScheduler;
    VIRTUAL_CLASS = found == null ? null : found.virtualClass;
    EarlyForms.make(PIN, UNPIN);
  }

  private VirtualThreads() {}

  /** The handles, or an exception that says which one is not there. */
  private record Found(
      MethodHandle newThread,
      MethodHandle start,
      MethodHandle carrier,
      MethodHandle state,
      MethodHandle threadOf,
      MethodHandle continuation,
      MethodHandle target,
      MethodHandle body,
      MethodHandle pin,
      MethodHandle unpin,
      Class<?> runClass,
      Class<?> virtualClass,
      Executor defaultScheduler) {

    static Found search() throws ReflectiveOperationException {
      Opening.open("jdk.internal.vm");
      Class<?> threads = Class.forName("java.lang.VirtualThread");
      Class<?> builders = Class.forName("java.lang.ThreadBuilders");
      Class<?> continuations = Class.forName("jdk.internal.vm.Continuation");
      MethodHandles.Lookup in = MethodHandles.privateLookupIn(threads, MethodHandles.lookup());
      MethodHandles.Lookup inContinuation =
          MethodHandles.privateLookupIn(continuations, MethodHandles.lookup());

      MethodHandle newThread =
          MethodHandles.privateLookupIn(builders, MethodHandles.lookup())
              .findStatic(
                  builders,
                  "newVirtualThread",
                  MethodType.methodType(
                      Thread.class, Executor.class, String.class, int.class, Runnable.class));
      MethodType inContainer =
          MethodType.methodType(void.class, TaskContainer.class.getSuperclass());
      MethodHandle start =
          MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
              .findVirtual(Thread.class, "start", inContainer)
              .asType(MethodType.methodType(void.class, Thread.class, Object.class));
      MethodHandle carrier =
          in.findVarHandle(threads, "carrierThread", Thread.class)
              .toMethodHandle(VarHandle.AccessMode.GET)
              .asType(MethodType.methodType(Thread.class, Thread.class));
      MethodHandle state =
          in.findVarHandle(threads, "state", int.class)
              .toMethodHandle(VarHandle.AccessMode.GET_VOLATILE)
              .asType(MethodType.methodType(int.class, Thread.class));
      MethodHandle continuation =
          in.findGetter(threads, "cont", continuations)
              .asType(MethodType.methodType(Object.class, Thread.class));
      MethodHandle target =
          inContinuation
              .findGetter(continuations, "target", Runnable.class)
              .asType(MethodType.methodType(Runnable.class, Object.class));
      MethodType nothing = MethodType.methodType(void.class);

      // A virtual thread of a scheduler that only keeps it shows the classes of its inner
      // runnables.
      Probe probe = new Probe();
      Thread thread = newThread(newThread, probe);
      thread.start();
      Runnable run = probe.run;
      if (run == null) {
        throw new NoSuchFieldException("a virtual thread did not hand itself to its scheduler");
      }
      MethodHandle threadOf =
          onlyField(run.getClass(), threads)
              .asType(MethodType.methodType(Thread.class, Object.class));
      MethodHandle body =
          onlyField(wrapper(thread, continuation, target).getClass(), Runnable.class)
              .asType(MethodType.methodType(Runnable.class, Runnable.class));
      EarlyForms.make(carrier, state, threadOf, thread, run);
      finish(run);
      return new Found(
          newThread,
          start,
          carrier,
          state,
          threadOf,
          continuation,
          target,
          body,
          inContinuation.findStatic(continuations, "pin", nothing),
          inContinuation.findStatic(continuations, "unpin", nothing),
          run.getClass(),
          threads,
          defaultScheduler(in, threads));
    }

    private static Executor defaultScheduler(MethodHandles.Lookup in, Class<?> threads)
        throws ReflectiveOperationException {
      Field field = threads.getDeclaredField("DEFAULT_SCHEDULER");
      try {
        return (Executor) in.unreflectGetter(field).invoke();
      } catch (Throwable e) {
        throw new ReflectiveOperationException("the JDK's scheduler could not be read", e);
      }
    }

    private static Thread newThread(MethodHandle newThread, Probe probe)
        throws ReflectiveOperationException {
      try {
        return (Thread) newThread.invokeExact((Executor) probe, "probe", 0, (Runnable) probe);
      } catch (Throwable e) {
        throw new ReflectiveOperationException("a virtual thread could not be made", e);
      }
    }

    /** Lets the probe end, so that it stays in no list of live threads. */
    private static void finish(Runnable run) {
      if (Thread.currentThread().isVirtual()) {
        Thread.ofPlatform().name("holdfast-probe").daemon().start(run);
      } else {
        run.run();
      }
    }

    private static Runnable wrapper(Thread thread, MethodHandle continuation, MethodHandle target)
        throws ReflectiveOperationException {
      try {
        return (Runnable) target.invokeExact((Object) continuation.invokeExact(thread));
      } catch (Throwable e) {
        throw new ReflectiveOperationException("a continuation did not show its target", e);
      }
    }

    /** Finds the getter of the one instance field of {@code type} that {@code holder} declares. */
    private static MethodHandle onlyField(Class<?> holder, Class<?> type)
        throws ReflectiveOperationException {
      Field only = null;
      for (Field field : holder.getDeclaredFields()) {
        if (field.getType() == type && !Modifier.isStatic(field.getModifiers())) {
          if (only != null) {
            throw new NoSuchFieldException(holder + " has several fields of " + type);
          }
          only = field;
        }
      }
      if (only == null) {
        throw new NoSuchFieldException(holder + " has no field of " + type);
      }
      return MethodHandles.privateLookupIn(holder, MethodHandles.lookup()).unreflectGetter(only);
    }
  }

  /** A scheduler that keeps what it is handed, and the body of a thread that is never run. */
  private static final class Probe implements Executor, Runnable {
    private @Nullable Runnable run;

    @Override
    public void execute(Runnable command) {
      run = command;
    }

    @Override
    public void run() {}
  }

  /**
   * Says why nothing here can be used.
   *
   * @return a sentence with the missing flag or internal, or null if all was found
   */
  public static @Nullable String missing() {
    return MISSING;
  }

  /** Makes an unstarted virtual thread that {@code scheduler} runs. */
  public static Thread unstarted(Executor scheduler, @Nullable String name, Runnable body) {
    try {
      return (Thread) NEW_THREAD.invokeExact(scheduler, name, 0, body);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Makes an unstarted virtual thread of the JDK's own scheduler, whichever the current thread has.
   * Needs no internals.
   */
  public static Thread unstartedByDefault(@Nullable String name, Runnable body) {
    if (DEFAULT_SCHEDULER != null && isCarried(Thread.currentThread())) {
      return unstarted(DEFAULT_SCHEDULER, name, body);
    }
    Thread.Builder.OfVirtual builder = Thread.ofVirtual();
    return (name == null ? builder : builder.name(name)).unstarted(body);
  }

  /**
   * Makes what threads are started in, to be shown in thread dumps as long as it is reachable.
   *
   * @param name the name it is shown by
   * @param threads returns the live threads that were started in it
   */
  public static Object container(String name, Supplier<Stream<Thread>> threads) {
    return TaskContainer.shown(name, threads);
  }

  /**
   * Starts a virtual thread.
   *
   * @param container was made by {@link #container}
   */
  public static void start(Thread thread, Object container) {
    try {
      START.invokeExact(thread, container);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Returns the platform thread that a virtual thread is mounted on.
   *
   * <p>Read plainly: for the current thread the field was written by this same carrier when it
   * mounted the thread, and a thread that suspends is opaque to the compiler, which must read the
   * field again after it.
   *
   * @param virtual a virtual thread of the JDK's; the current one, for an answer that stays true
   */
  public static @Nullable Thread carrier(Thread virtual) {
    try {
      return (Thread) CARRIER.invokeExact(virtual);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Returns the platform thread that runs the code of the current thread: its carrier, or itself.
   *
   * <p>By the exact class instead of {@link Thread#isVirtual}: the compiler then knows all of the
   * thread's type, and reads the carrier without checking it again.
   *
   * @param current the current thread
   */
  public static @Nullable Thread platform(Thread current) {
    return current.getClass() == VIRTUAL_CLASS ? carrier(current) : current;
  }

  /** Says whether a thread is one that {@link #platform} looks through. */
  public static boolean isCarried(Thread current) {
    return current.getClass() == VIRTUAL_CLASS;
  }

  /** Says whether what a scheduler was handed is a virtual thread's own "run or continue". */
  public static boolean isContinuation(Runnable run) {
    return run.getClass() == RUN_CLASS;
  }

  /** Returns the virtual thread behind what a scheduler was handed; see {@link #isContinuation}. */
  public static Thread threadOf(Runnable run) {
    try {
      return (Thread) THREAD_OF.invokeExact((Object) run);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Returns the body that a virtual thread was made with. */
  public static Runnable body(Thread virtual) {
    try {
      return (Runnable)
          BODY.invokeExact(
              (Runnable) TARGET.invokeExact((Object) CONTINUATION.invokeExact(virtual)));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Says whether a virtual thread has been started and has never run. */
  public static boolean isNew(Thread virtual) {
    return state(virtual) == STARTED;
  }

  /** Says whether a virtual thread has come to its end. */
  public static boolean isTerminated(Thread virtual) {
    return state(virtual) == TERMINATED;
  }

  /**
   * Says whether a virtual thread waits to enter a monitor or to be notified: it is then made ready
   * by a thread of the VM, some time after the monitor was left, and not by who left it.
   */
  public static boolean awaitsMonitor(Thread virtual) {
    int state = state(virtual) & ~SUSPENDED;
    return state >= BLOCKING && state <= TIMED_WAIT;
  }

  private static int state(Thread virtual) {
    try {
      return (int) STATE.invokeExact(virtual);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Keeps the current virtual thread on its carrier until {@link #unpin}; nests. */
  public static void pin() {
    try {
      PIN.invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Ends what {@link #pin} began. */
  public static void unpin() {
    try {
      UNPIN.invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Passes on what a handle threw: errors of the VM, for none of the methods throws by itself. */
  static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    if (e instanceof RuntimeException runtime) {
      return runtime;
    }
    return new IllegalStateException("an internal of the JDK threw", e);
  }
}
