// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * The sockets that virtual threads wait to read from, looked at by a worker that has a moment, and
 * waited for by one that has nothing to do.
 *
 * <p>The JDK's own pollers see each of them too, but by way of two threads that have to be woken.
 * Here the one who looks wakes the waiting thread itself. What both see at the same time one of
 * them gets: the kernel hands an event out once, and the JDK's map of who waits is asked with an
 * atomic removal. So this is a short cut that may be left out at any time, and is, where the JVM or
 * the system has something else.
 *
 * <p>While workers look often enough the JDK's pollers are silenced: they are not told of what is
 * ready. This is for as long only as somebody waits here or has looked within a few milliseconds;
 * each worker that goes to sleep, and the monitor of each runtime, sees to that.
 */
public final class Sockets {

  /** How many sockets one look can find to be ready; as in the JDK. */
  private static final int MOST = 64;

  private static final String PACKAGE = "sun.nio.ch";

  /** A look so short a time after another one finds little. */
  private static final long AGAIN_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  /**
   * How many finds and waits apart the pollers are silenced again: one that was awake as it was
   * done goes on until it finds nothing, and is then told again; a power of two.
   */
  private static final int SILENCE_AGAIN = 64;

  /** After so many waits in a row that were ended by sockets, and found none, nobody waits here. */
  private static final int VAIN = 100;

  // What the kernel calls things; the JDK has not all of them.
  private static final int ADD = 1;
  private static final int CHANGE = 3;
  private static final int READABLE = 1;
  private static final int ONCE = 1 << 30;
  private static final int EDGE = 1 << 31;

  private static final VarHandle LAST;
  private static final VarHandle WAITING;

  private static final @Nullable Sockets INSTANCE;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      LAST = lookup.findVarHandle(Sockets.class, "last", long.class);
      WAITING = lookup.findVarHandle(Sockets.class, "waiting", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
    INSTANCE = find();
    if (INSTANCE != null) {
      // Links the call, before somebody makes it at the end of a stack; one wait ends at once.
      endAwait();
    }
  }

  private final Object[] pollers;
  private final int[] descriptors;
  private final MethodHandle registered;
  private final MethodHandle control;
  private final MethodHandle await;
  private final MethodHandle event;
  private final MethodHandle descriptor;
  private final MethodHandle polled;

  /** What wakes the JDK's pollers, or -1 if they are threads that wait for sockets themselves. */
  private final int master;

  /** What is waited on here: the pollers' descriptors, and a signal. */
  private final int all;

  private final MethodHandle signal;
  private final int signalled;

  // When somebody looked last, or ended a wait. By whoever does; read by any thread: opaque, what
  // is decided by it may be decided a little later.
  @SuppressWarnings("UnusedVariable") // through LAST
  private long last = System.nanoTime();

  // For each poller: 1 while somebody looks, who owns the memory for its events.
  private final AtomicIntegerArray looking;
  private final long[] events;

  // Where the next look begins. By who looks, without order: any value will do.
  private int turn;

  // How many looks have found something. Without order, as above.
  private int finds;

  // Whether the pollers are silenced. Written before the kernel is told, and read behind that by
  // who silences: volatile, so that of one who silences and one who ends it the one is told the
  // kernel last who ends it, or the other sees it and ends it too.
  private volatile boolean silent;

  // Whether a worker waits here, who owns the memory for that. Volatile: who goes to sleep
  // elsewhere leaves the sockets to who waits, or sees that nobody does.
  private volatile boolean waiting;

  private final long waitEvents;

  // How many waits there were. By who waits, one after the other: through waiting.
  private int waits;

  // How many waits in a row were ended by sockets that nobody found. Without order, as finds.
  private int vain;

  private Sockets() throws Throwable {
    Class<?> type = Class.forName("sun.nio.ch.Poller");
    Class<?> epoll = Class.forName("sun.nio.ch.EPoll");
    Class<?> eventfd = Class.forName("sun.nio.ch.EventFD");
    MethodHandles.Lookup ofPoller = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
    MethodHandles.Lookup ofEpoll = MethodHandles.privateLookupIn(epoll, MethodHandles.lookup());
    MethodHandles.Lookup ofEvent = MethodHandles.privateLookupIn(eventfd, MethodHandles.lookup());
    List<?> readers =
        (List<?>)
            ofPoller.findStatic(type, "readPollers", MethodType.methodType(List.class)).invoke();
    MethodHandle descriptorOf =
        ofPoller.findVirtual(type, "fdVal", MethodType.methodType(int.class));
    MethodHandle allocate =
        ofEpoll.findStatic(
            epoll, "allocatePollArray", MethodType.methodType(long.class, int.class));
    pollers = readers.toArray();
    descriptors = new int[pollers.length];
    looking = new AtomicIntegerArray(pollers.length);
    events = new long[pollers.length];
    for (int i = 0; i < pollers.length; i++) {
      if (!pollers[i].getClass().getName().equals("sun.nio.ch.EPollPoller")) {
        throw new UnsupportedOperationException("not a poller by epoll: " + pollers[i]);
      }
      descriptors[i] = (int) descriptorOf.invoke(pollers[i]);
      events[i] = (long) allocate.invoke(MOST);
    }
    waitEvents = (long) allocate.invoke(pollers.length + 1);
    Object ofAll = ofPoller.findStatic(type, "masterPoller", MethodType.methodType(type)).invoke();
    master = ofAll == null ? -1 : (int) descriptorOf.invoke(ofAll);
    registered =
        ofPoller
            .findVirtual(type, "registered", MethodType.methodType(int.class))
            .asType(MethodType.methodType(int.class, Object.class));
    control =
        ofEpoll.findStatic(
            epoll,
            "ctl",
            MethodType.methodType(int.class, int.class, int.class, int.class, int.class));
    await =
        ofEpoll.findStatic(
            epoll,
            "wait",
            MethodType.methodType(int.class, int.class, long.class, int.class, int.class));
    event =
        ofEpoll.findStatic(
            epoll, "getEvent", MethodType.methodType(long.class, long.class, int.class));
    descriptor =
        ofEpoll.findStatic(epoll, "getDescriptor", MethodType.methodType(int.class, long.class));
    polled =
        ofPoller
            .findVirtual(type, "polled", MethodType.methodType(void.class, int.class))
            .asType(MethodType.methodType(void.class, Object.class, int.class));
    Object end = ofEvent.findConstructor(eventfd, MethodType.methodType(void.class)).invoke();
    signal = ofEvent.findVirtual(eventfd, "set", MethodType.methodType(void.class)).bindTo(end);
    signalled =
        (int) ofEvent.findVirtual(eventfd, "efd", MethodType.methodType(int.class)).invoke(end);
    all = (int) ofEpoll.findStatic(epoll, "create", MethodType.methodType(int.class)).invoke();
    for (int each : descriptors) {
      add(each, READABLE);
    }
    // At each signal once, so that nobody has to take it away.
    add(signalled, READABLE | EDGE);
  }

  private void add(int added, int forWhat) throws Throwable {
    int error = (int) control.invokeExact(all, ADD, added, forWhat);
    if (error != 0) {
      throw new UnsupportedOperationException("cannot wait for a poller, error " + error);
    }
  }

  private static @Nullable Sockets find() {
    try {
      Opening.open(PACKAGE);
      return new Sockets();
    } catch (Throwable e) {
      System.getLogger("dev.holdfast")
          .log(
              System.Logger.Level.DEBUG,
              "workers do not look at sockets themselves, this JVM has none of epoll's pollers",
              e);
      return null;
    }
  }

  /** Says whether this JVM has what is needed. The JDK's pollers must have been started. */
  static boolean isThere() {
    return INSTANCE != null;
  }

  // ---- Looking

  /**
   * Wakes the virtual threads whose sockets have become ready to be read from, of all schedulers.
   * Never blocks. Called by a platform thread.
   *
   * @return whether there was any
   */
  public static boolean look() {
    Sockets sockets = INSTANCE;
    return sockets != null && sockets.lookAtAll();
  }

  /**
   * Does as {@link #look}, unless somebody has looked a short time ago: for who has other things to
   * do as well.
   */
  public static boolean lookAgain() {
    Sockets sockets = INSTANCE;
    return sockets != null
        && sockets.isOlder(System.nanoTime(), AGAIN_NANOS)
        && sockets.lookAtAll();
  }

  private boolean isOlder(long now, long nanos) {
    return now - (long) LAST.getOpaque(this) >= nanos;
  }

  /** Looks at one poller after the other, each time at another one first, until one has some. */
  private boolean lookAtAll() {
    int first = turn;
    turn = first + 1;
    for (int i = 0; i < pollers.length; i++) {
      int poller = (first + i & Integer.MAX_VALUE) % pollers.length;
      if (isAwaited(poller) && lookAt(poller)) {
        found();
        return true;
      }
    }
    return false;
  }

  private boolean isAwaited(int poller) {
    try {
      return (int) registered.invokeExact(pollers[poller]) > 0;
    } catch (Throwable e) {
      throw VirtualThreads.unexpected(e);
    }
  }

  private boolean lookAt(int poller) {
    if (looking.get(poller) != 0 || !looking.compareAndSet(poller, 0, 1)) {
      return false;
    }
    try {
      LAST.setOpaque(this, System.nanoTime());
      int ready = (int) await.invokeExact(descriptors[poller], events[poller], MOST, 0);
      Throwable failure = null;
      for (int i = 0; i < ready; i++) {
        try {
          long at = (long) event.invokeExact(events[poller], i);
          polled.invokeExact(pollers[poller], (int) descriptor.invokeExact(at));
        } catch (Throwable e) {
          // The others have been told only here, and must hear of it.
          failure = e;
        }
      }
      if (failure != null) {
        throw VirtualThreads.unexpected(failure);
      }
      return ready > 0;
    } catch (Throwable e) {
      throw VirtualThreads.unexpected(e);
    } finally {
      looking.set(poller, 0);
    }
  }

  private void found() {
    vain = 0;
    finds++;
    if ((finds & (SILENCE_AGAIN - 1)) == 0) {
      silence();
    }
  }

  // ---- Silencing

  /**
   * Has the JDK's pollers told of sockets again, if they are not and nobody waits here: before a
   * worker goes to sleep elsewhere, or ends.
   */
  public static void lookNoMore() {
    Sockets sockets = INSTANCE;
    if (sockets != null && sockets.silent && !sockets.waiting) {
      sockets.endSilence();
    }
  }

  /**
   * Does as {@link #lookNoMore()}, if nobody has looked for so long. What is ready by then they are
   * told of at once. By any thread; never blocks.
   *
   * @param now the time, in the base of {@link System#nanoTime}
   */
  public static void lookNoMore(long now, long nanos) {
    Sockets sockets = INSTANCE;
    if (sockets != null && sockets.silent && !sockets.waiting && sockets.isOlder(now, nanos)) {
      sockets.endSilence();
    }
  }

  private void silence() {
    if (master >= 0) {
      silent = true;
      tellMaster(0);
      if (!silent) {
        // Somebody has ended it meanwhile, and perhaps told the kernel before this did.
        tellMaster(READABLE | ONCE);
      }
    }
  }

  private void endSilence() {
    // In this order: see silence.
    silent = false;
    tellMaster(READABLE | ONCE);
  }

  /**
   * Has the master poller watch the others' descriptors; one it does not know yet it leaves out.
   */
  private void tellMaster(int forWhat) {
    try {
      for (int each : descriptors) {
        // Of an error there is one kind: not known, for it has not waited yet.
        int error = (int) control.invokeExact(master, CHANGE, each, forWhat);
        assert error >= 0;
      }
    } catch (Throwable e) {
      throw VirtualThreads.unexpected(e);
    }
  }

  // ---- Waiting

  /**
   * Begins a wait for sockets, in place of the JDK's pollers, if somebody waits for one to be ready
   * and no other thread waits here.
   *
   * @return whether it did, and {@link #await} and {@link #endWait} must follow
   */
  public static boolean beginWait() {
    Sockets sockets = INSTANCE;
    return sockets != null && sockets.master >= 0 && sockets.tryBeginWait();
  }

  private boolean tryBeginWait() {
    if (waiting || vain > VAIN || !isAnyAwaited() || !WAITING.compareAndSet(this, false, true)) {
      return false;
    }
    waits++;
    if (!silent || (waits & (SILENCE_AGAIN - 1)) == 0) {
      silence();
    }
    return true;
  }

  private boolean isAnyAwaited() {
    for (int i = 0; i < pollers.length; i++) {
      if (isAwaited(i)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Waits until a socket is ready, or {@link #endAwait} was called. Not interruptible.
   *
   * @param millis how long at most; -1 for no bound
   */
  public static void await(int millis) {
    Objects.requireNonNull(INSTANCE).awaitOne(millis);
  }

  private void awaitOne(int millis) {
    try {
      int ready = (int) await.invokeExact(all, waitEvents, pollers.length + 1, millis);
      for (int i = 0; i < ready; i++) {
        long at = (long) event.invokeExact(waitEvents, i);
        if ((int) descriptor.invokeExact(at) != signalled) {
          vain++;
          return;
        }
      }
    } catch (Throwable e) {
      throw VirtualThreads.unexpected(e);
    }
  }

  /** Ends the current {@link #await} or the next one, perhaps another thread's; by any thread. */
  public static void endAwait() {
    try {
      Objects.requireNonNull(INSTANCE).signal.invokeExact();
    } catch (Throwable e) {
      throw VirtualThreads.unexpected(e);
    }
  }

  /** Ends a wait; by who began it, who looks next, or says {@link #lookNoMore()}. */
  public static void endWait() {
    Sockets sockets = Objects.requireNonNull(INSTANCE);
    // In this order: the monitor must not think that nobody looks.
    LAST.setOpaque(sockets, System.nanoTime());
    sockets.waiting = false;
  }
}
