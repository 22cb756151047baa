// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;

/**
 * The internals of the JDK that this package uses, by name, and which of them this JVM declares.
 *
 * <p>For a report only: nothing is opened or called, so that it can be asked without the flag. What
 * can in fact be used is said by {@link VirtualThreads#missing} and {@link ThreadExit#missing}.
 */
public final class Internals {

  private static final String THREAD = "java.lang.VirtualThread";
  private static final String CONTINUATION = "jdk.internal.vm.Continuation";
  private static final String EXIT = "jdk.internal.misc.TerminatingThreadLocal";

  private static final String SESSION = "jdk.internal.foreign.MemorySessionImpl";

  private static final List<Internal> ALL =
      List.of(
          method("java.lang.ThreadBuilders", "newVirtualThread", 4),
          method("java.lang.Thread", "start", 1),
          field(THREAD, "carrierThread"),
          field(THREAD, "state"),
          field(THREAD, "cont"),
          field(THREAD, "DEFAULT_SCHEDULER"),
          field(CONTINUATION, "target"),
          method(CONTINUATION, "pin", 0),
          method(CONTINUATION, "unpin", 0),
          method("jdk.internal.vm.ThreadContainers", "registerContainer", 1),
          method("java.lang.Module", "implAddOpens", 2),
          field("java.util.concurrent.locks.AbstractOwnableSynchronizer", "exclusiveOwnerThread"),
          field(EXIT, "REGISTRY"),
          method(EXIT, "threadTerminated", 1),
          method("sun.nio.ch.Poller", "readPollers", 0),
          method("sun.nio.ch.Poller", "polled", 1),
          method("sun.nio.ch.Poller", "masterPoller", 0),
          method("sun.nio.ch.EPoll", "wait", 4),
          method("sun.nio.ch.EPoll", "ctl", 4),
          method("sun.nio.ch.EventFD", "set", 0),
          method(SESSION, "createShared", 0),
          method(SESSION, "close", 0),
          field(SESSION, "resourceList"),
          field(SESSION, "state"),
          field(SESSION, "acquireCount"),
          field(SESSION + "$ResourceList", "fst"),
          method(SESSION + "$ResourceList$ResourceCleanup", "ofRunnable", 1),
          method("jdk.internal.foreign.SegmentFactories", "makeNativeSegmentUnchecked", 3),
          new Internal("jdk.internal.foreign.NativeMemorySegmentImpl", "", -1),
          new Internal("sun.nio.ch.Poller", "", -1));

  private Internals() {}

  /**
   * One of them.
   *
   * @param holder the name of a class
   * @param member the name of its field or method, or empty for the class itself
   * @param parameters of the method, or -1 if it is none
   */
  private record Internal(String holder, String member, int parameters) {

    boolean isThere() {
      Class<?> type;
      try {
        type = Class.forName(holder, false, null);
      } catch (ClassNotFoundException | LinkageError e) {
        return false;
      }
      if (member.isEmpty()) {
        return true;
      }
      return parameters < 0
          ? Arrays.stream(type.getDeclaredFields()).anyMatch(f -> f.getName().equals(member))
          : Arrays.stream(type.getDeclaredMethods()).anyMatch(this::isThis);
    }

    private boolean isThis(Method method) {
      return method.getName().equals(member) && method.getParameterCount() == parameters;
    }

    @Override
    public String toString() {
      if (member.isEmpty()) {
        return holder;
      }
      return holder + '.' + member + (parameters < 0 ? "" : "()");
    }
  }

  private static Internal field(String holder, String name) {
    return new Internal(holder, name, -1);
  }

  private static Internal method(String holder, String name, int parameters) {
    return new Internal(holder, name, parameters);
  }

  /** Returns the names of those that this JVM declares. */
  public static List<String> found() {
    return ALL.stream().filter(Internal::isThere).map(Internal::toString).toList();
  }

  /** Returns the names of those that this JVM does not declare. */
  public static List<String> absent() {
    return ALL.stream().filter(internal -> !internal.isThere()).map(Internal::toString).toList();
  }
}
