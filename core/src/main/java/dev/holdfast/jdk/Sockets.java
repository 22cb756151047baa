// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The sockets that virtual threads wait to read from, looked at by a worker that has a moment.
 *
 * <p>The JDK's own pollers see each of them too, but by way of two threads that have to be woken.
 * Here the one who looks wakes the waiting thread itself. What both see at the same time one of
 * them gets: the kernel hands an event out once, and the JDK's map of who waits is asked with an
 * atomic removal. So this is a short cut that may be left out at any time, and is, where the JVM or
 * the system has something else.
 */
public final class Sockets {

  /** How many sockets one look can find to be ready; as in the JDK. */
  private static final int MOST = 64;

  private static final String PACKAGE = "sun.nio.ch";

  /** A look so short a time after another one finds little. */
  private static final long AGAIN_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private static final VarHandle LAST;

  private static final @Nullable Sockets INSTANCE;

  static {
    try {
      LAST = MethodHandles.lookup().findVarHandle(Sockets.class, "last", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
    INSTANCE = find();
  }

  private final Object[] pollers;
  private final int[] descriptors;
  private final long events;
  private final MethodHandle registered;
  private final MethodHandle await;
  private final MethodHandle event;
  private final MethodHandle descriptor;
  private final MethodHandle polled;

  // When somebody looked last. By who looks; read by who may: opaque, it decides on cost alone.
  @SuppressWarnings("UnusedVariable") // through LAST
  private long last = System.nanoTime();

  // Set while somebody looks, who owns the memory of the events. One in a JVM is enough.
  private final AtomicBoolean looking = new AtomicBoolean();

  private Sockets() throws Throwable {
    Class<?> type = Class.forName("sun.nio.ch.Poller");
    Class<?> epoll = Class.forName("sun.nio.ch.EPoll");
    MethodHandles.Lookup ofPoller = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
    MethodHandles.Lookup ofEpoll = MethodHandles.privateLookupIn(epoll, MethodHandles.lookup());
    List<?> all =
        (List<?>)
            ofPoller.findStatic(type, "readPollers", MethodType.methodType(List.class)).invoke();
    MethodHandle descriptorOf =
        ofPoller.findVirtual(type, "fdVal", MethodType.methodType(int.class));
    pollers = all.toArray();
    descriptors = new int[pollers.length];
    for (int i = 0; i < pollers.length; i++) {
      if (!pollers[i].getClass().getName().equals("sun.nio.ch.EPollPoller")) {
        throw new UnsupportedOperationException("not a poller by epoll: " + pollers[i]);
      }
      descriptors[i] = (int) descriptorOf.invoke(pollers[i]);
    }
    events =
        (long)
            ofEpoll
                .findStatic(
                    epoll, "allocatePollArray", MethodType.methodType(long.class, int.class))
                .invoke(MOST);
    registered =
        ofPoller
            .findVirtual(type, "registered", MethodType.methodType(int.class))
            .asType(MethodType.methodType(int.class, Object.class));
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
        && System.nanoTime() - (long) LAST.getOpaque(sockets) >= AGAIN_NANOS
        && sockets.lookAtAll();
  }

  private boolean lookAtAll() {
    boolean found = false;
    for (int i = 0; i < pollers.length; i++) {
      found |= isAwaited(pollers[i]) && lookAt(i);
    }
    return found;
  }

  private boolean isAwaited(Object poller) {
    try {
      return (int) registered.invokeExact(poller) > 0;
    } catch (Throwable e) {
      throw VirtualThreads.unexpected(e);
    }
  }

  private boolean lookAt(int poller) {
    if (looking.get() || !looking.compareAndSet(false, true)) {
      return false;
    }
    try {
      LAST.setOpaque(this, System.nanoTime());
      int ready = (int) await.invokeExact(descriptors[poller], events, MOST, 0);
      Throwable failure = null;
      for (int i = 0; i < ready; i++) {
        try {
          long at = (long) event.invokeExact(events, i);
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
      looking.set(false);
    }
  }
}
