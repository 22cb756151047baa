// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import dev.holdfast.jdk.VirtualThreads;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Says where a thread of a stage stands, and for what it waits. */
final class Stacks {

  private static final String[] NOT_THE_USERS = {
    "java.",
    "jdk.",
    "sun.",
    "org.junit.",
    "dev.holdfast.jdk.",
    "dev.holdfast.local.",
    "dev.holdfast.runtime.",
    "dev.holdfast.scheduler.",
    "dev.holdfast.slot.",
    "dev.holdfast.testkit.stage."
  };

  private static final Set<String> NOR_THESE =
      Set.of(
          "dev.holdfast.testkit.Run",
          "dev.holdfast.testkit.SimulatedRuntime",
          "dev.holdfast.testkit.junit.Instances",
          "dev.holdfast.testkit.junit.SimulatedTestExtension");

  private Stacks() {}

  /** Says how a turn ended, from the state that the thread is in now. */
  static String how(Thread thread) {
    return switch (thread.getState()) {
      case TERMINATED -> "ends";
      case BLOCKED -> "waits for a monitor";
      case WAITING ->
          VirtualThreads.awaitsMonitor(thread) ? "waits to be notified" : "parks" + on(thread);
      case TIMED_WAITING ->
          VirtualThreads.awaitsMonitor(thread)
              ? "waits to be notified, for a time"
              : "parks for a time" + on(thread);
      case RUNNABLE -> "yields";
      case NEW -> "is new";
    };
  }

  private static String on(Thread thread) {
    Object blocker = LockSupport.getBlocker(thread);
    return blocker == null ? "" : " on " + kind(blocker);
  }

  /** Returns the name of an object's class, without what differs from one JVM to another. */
  private static String kind(Object object) {
    String name = object.getClass().getName();
    int hidden = name.indexOf('/');
    String stable = hidden < 0 ? name : name.substring(0, hidden);
    return stable.substring(stable.lastIndexOf('.') + 1);
  }

  /** Returns the innermost frame that is the user's, or null if there is none. */
  static @Nullable String place(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (isUsers(frame)) {
        return frame.getClassName()
            + "."
            + frame.getMethodName()
            + "("
            + frame.getFileName()
            + ":"
            + frame.getLineNumber()
            + ")";
      }
    }
    return null;
  }

  private static boolean isUsers(StackTraceElement frame) {
    for (String prefix : NOT_THE_USERS) {
      if (frame.getClassName().startsWith(prefix)) {
        return false;
      }
    }
    return !NOR_THESE.contains(frame.getClassName());
  }

  /** Says whether a thread waits for a socket, or something else that the JDK's pollers tell of. */
  static boolean awaitsOutside(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().equals("sun.nio.ch.Poller")) {
        return true;
      }
    }
    return false;
  }

  /** Appends a stack, up to where the JDK begins to run a virtual thread. */
  static void append(StringBuilder text, StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (frame.getClassName().equals("java.lang.VirtualThread")
          && frame.getMethodName().equals("run")) {
        return;
      }
      text.append("        at ").append(frame).append('\n');
    }
  }
}
