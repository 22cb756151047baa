// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.sanitizer;

import java.lang.StackWalker.StackFrame;
import java.security.ProtectionDomain;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * When, by which thread and where something was done.
 *
 * <p>Made of text alone: a value may outlive the code that used it, and a stack as the JVM keeps it
 * would keep the class loaders of that code.
 */
public final class Trace {

  /** The most frames that are kept, from the user's innermost one on. */
  public static final int MOST_FRAMES = 8;

  private static final StackWalker WALKER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  /** With this prefix, so that a program that is packed into one jar with the library shows. */
  private static final String OWN_NAMES = "dev.holdfast.";

  private static final ProtectionDomain OWN = Trace.class.getProtectionDomain();

  private final String thread;
  private final long at;
  private final List<StackTraceElement> frames;

  private Trace(Thread current, List<StackTraceElement> frames) {
    String name = current.getName();
    this.thread =
        (current.isVirtual() ? "virtual thread " : "thread ")
            + (name.isEmpty() ? "#" + current.threadId() : "'" + name + "'");
    this.at = System.nanoTime();
    this.frames = frames;
  }

  /** Returns a trace of the caller, without the innermost frames that are the library's own. */
  public static Trace here() {
    return new Trace(Thread.currentThread(), WALKER.walk(Trace::users));
  }

  private static List<StackTraceElement> users(Stream<StackFrame> stack) {
    List<StackTraceElement> found = new ArrayList<>(MOST_FRAMES);
    Iterator<StackFrame> all = stack.iterator();
    while (all.hasNext() && found.size() < MOST_FRAMES) {
      StackFrame frame = all.next();
      if (!found.isEmpty() || !isOwn(frame.getDeclaringClass())) {
        found.add(frame.toStackTraceElement());
      }
    }
    return List.copyOf(found);
  }

  private static boolean isOwn(Class<?> type) {
    return type.getName().startsWith(OWN_NAMES) && type.getProtectionDomain() == OWN;
  }

  /** Returns the stack, the innermost frame of the user's first. */
  public List<StackTraceElement> frames() {
    return frames;
  }

  /** Returns when it was, in the base of {@link System#nanoTime}. */
  public long at() {
    return at;
  }

  /** Adds a line of what was done, and one for each frame. */
  void tell(StringBuilder text, String what, long now) {
    text.append("\n  ")
        .append(what)
        .append(", ")
        .append(TimeUnit.NANOSECONDS.toMillis(Math.max(0, now - at)))
        .append(" ms ago, on ")
        .append(thread);
    for (StackTraceElement frame : frames) {
      text.append("\n    at ").append(frame);
    }
  }
}
