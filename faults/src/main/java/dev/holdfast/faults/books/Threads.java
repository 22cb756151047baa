// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.books;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The live platform threads of this JVM. */
public final class Threads {

  private Threads() {}

  /** Returns the live threads whose names begin with a prefix. */
  public static List<Thread> named(String prefix) {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    for (ThreadGroup up = root.getParent(); up != null; up = up.getParent()) {
      root = up;
    }
    Thread[] found = new Thread[root.activeCount() + 16];
    while (root.enumerate(found, true) == found.length) {
      found = new Thread[2 * found.length];
    }
    return Arrays.stream(found)
        .filter(Objects::nonNull)
        .filter(each -> each.getName().startsWith(prefix))
        .toList();
  }

  /** Returns the stacks of the live platform threads whose names begin with a prefix. */
  public static String stacks(String prefix) {
    StringBuilder text = new StringBuilder();
    for (Thread each : named(prefix)) {
      text.append(each).append(' ').append(each.getState());
      for (StackTraceElement frame : each.getStackTrace()) {
        text.append("\n    ").append(frame);
      }
      text.append('\n');
    }
    return text.toString();
  }
}
