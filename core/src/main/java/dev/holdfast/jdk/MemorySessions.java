// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The memory sessions that the JDK's arenas are made of: shared ones that can be ended without
 * stopping the threads of the JVM, and segments of memory that is there already.
 *
 * <p>The JDK ends a shared session by a handshake with every thread, so that none is inside an
 * access when the memory is given back to the system. Memory that is not given back then does not
 * need that: an access that begins after the end throws, as after a handshake; one that has begun
 * and meets the end may see the old or the next content, as with any race. For that the memory has
 * to stay as long as a session of it can be reached, see {@link #keep}.
 *
 * <p>Found at the first use; {@link #PRESENT} says whether this JVM has all of it.
 */
public final class MemorySessions {

  private static final int CLOSED = -1;

  /** The handles, all of them or none. */
  private static final @Nullable MemorySessions FOUND = find();

  // Constants of their own: so that the compiler sees through them.
  private static final @Nullable MethodHandle CREATE = FOUND == null ? null : FOUND.create;
  private static final @Nullable MethodHandle SEGMENT = FOUND == null ? null : FOUND.segment;
  private static final @Nullable MethodHandle LIST = FOUND == null ? null : FOUND.list;
  private static final @Nullable MethodHandle CLOSE = FOUND == null ? null : FOUND.close;
  private static final @Nullable VarHandle FIRST = FOUND == null ? null : FOUND.first;
  private static final @Nullable VarHandle STATE = FOUND == null ? null : FOUND.state;
  private static final @Nullable VarHandle ACQUIRED = FOUND == null ? null : FOUND.acquired;

  /** Whether sessions can be made and ended here. */
  public static final boolean PRESENT = FOUND != null && works();

  private final MethodHandle create;
  private final MethodHandle segment;
  private final MethodHandle list;
  private final MethodHandle close;
  private final MethodHandle node;
  private final VarHandle first;
  private final VarHandle state;
  private final VarHandle acquired;

  private MemorySessions() throws ReflectiveOperationException {
    Class<?> type = Class.forName("jdk.internal.foreign.MemorySessionImpl");
    Class<?> lists = Class.forName("jdk.internal.foreign.MemorySessionImpl$ResourceList");
    Class<?> nodes =
        Class.forName("jdk.internal.foreign.MemorySessionImpl$ResourceList$ResourceCleanup");
    Class<?> factories = Class.forName("jdk.internal.foreign.SegmentFactories");
    Class<?> segments = Class.forName("jdk.internal.foreign.NativeMemorySegmentImpl");
    MethodHandles.Lookup in = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
    create =
        in.findStatic(type, "createShared", MethodType.methodType(type))
            .asType(MethodType.methodType(MemorySegment.Scope.class));
    segment =
        MethodHandles.privateLookupIn(factories, MethodHandles.lookup())
            .findStatic(
                factories,
                "makeNativeSegmentUnchecked",
                MethodType.methodType(segments, long.class, long.class, type))
            .asType(
                MethodType.methodType(
                    MemorySegment.class, long.class, long.class, MemorySegment.Scope.class));
    list =
        in.findGetter(type, "resourceList", lists)
            .asType(MethodType.methodType(Object.class, MemorySegment.Scope.class));
    close =
        in.findVirtual(type, "close", MethodType.methodType(void.class))
            .asType(MethodType.methodType(void.class, MemorySegment.Scope.class));
    node =
        MethodHandles.privateLookupIn(nodes, MethodHandles.lookup())
            .findStatic(nodes, "ofRunnable", MethodType.methodType(nodes, Runnable.class))
            .asType(MethodType.methodType(Object.class, Runnable.class));
    first =
        MethodHandles.privateLookupIn(lists, MethodHandles.lookup())
            .findVarHandle(lists, "fst", nodes);
    state = in.findVarHandle(type, "state", int.class);
    acquired = in.findVarHandle(type, "acquireCount", int.class);
  }

  private static @Nullable MemorySessions find() {
    try {
      Opening.open("jdk.internal.foreign");
      return new MemorySessions();
    } catch (ReflectiveOperationException | LinkageError | RuntimeException e) {
      // Not to be had in this JVM: who asks looks at PRESENT.
      return null;
    }
  }

  /** Tries all of it once. */
  private static boolean works() {
    try {
      MemorySegment memory = Arena.ofAuto().allocate(Long.BYTES, Long.BYTES);
      MemorySegment.Scope session = open(keep(memory));
      MemorySegment view = segment(memory.address(), Long.BYTES, session);
      view.set(ValueLayout.JAVA_LONG, 0, 1);
      if (!session.isAlive() || memory.get(ValueLayout.JAVA_LONG, 0) != 1 || !end(session)) {
        return false;
      }
      if (session.isAlive() || end(session)) {
        return false;
      }
      try {
        view.get(ValueLayout.JAVA_LONG, 0);
        return false;
      } catch (IllegalStateException e) {
        // As it has to be; and the other way to end one.
        close(open(keep(memory)));
        return true;
      }
    } catch (LinkageError | RuntimeException e) {
      return false;
    }
  }

  /** Something of a kind, for {@link #open}, that keeps memory in reach. */
  private record Kept(MemorySegment memory) implements Runnable {
    @Override
    public void run() {
      // There is nothing to do: to be in reach is all.
    }
  }

  /** Returns what {@link #open} wants to know of some memory, which is to stay while it is used. */
  public static Object keep(MemorySegment memory) {
    try {
      return (Object) present(FOUND).node.invokeExact((Runnable) new Kept(memory));
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /**
   * Begins a session.
   *
   * @param kept of {@link #keep}: what the session is to keep in reach
   */
  public static MemorySegment.Scope open(Object kept) {
    try {
      MemorySegment.Scope session = (MemorySegment.Scope) present(CREATE).invokeExact();
      Object all = (Object) present(LIST).invokeExact(session);
      present(FIRST).set(all, kept);
      return session;
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /** Returns a segment of memory, which is alive as long as a session. */
  public static MemorySegment segment(long address, long bytes, MemorySegment.Scope session) {
    try {
      return (MemorySegment) present(SEGMENT).invokeExact(address, bytes, session);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  /**
   * Ends a session whose memory stays.
   *
   * @return false if it had ended
   * @throws IllegalStateException if a native call or the like holds it
   */
  public static boolean end(MemorySegment.Scope session) {
    int holders = (int) present(ACQUIRED).compareAndExchange(session, 0, CLOSED);
    if (holders > 0) {
      throw new IllegalStateException("Session is acquired by " + holders + " clients");
    }
    if (holders == 0) {
      present(STATE).setVolatile(session, CLOSED);
    }
    return holders == 0;
  }

  /** Ends a session as the JDK does: no access is under way any more when this returns. */
  public static void close(MemorySegment.Scope session) {
    try {
      present(CLOSE).invokeExact(session);
    } catch (Throwable e) {
      throw failed(e);
    }
  }

  private static <T> T present(@Nullable T handle) {
    if (handle == null) {
      throw new IllegalStateException("the memory sessions of this JVM are out of reach");
    }
    return handle;
  }

  private static RuntimeException failed(Throwable e) {
    if (e instanceof RuntimeException exception) {
      return exception;
    }
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(e);
  }
}
