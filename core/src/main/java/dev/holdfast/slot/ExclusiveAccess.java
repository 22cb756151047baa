// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import java.util.Set;

/** Tells by its stack whether a task is inside an exclusive access or an initialiser. */
public final class ExclusiveAccess {

  private static final String LOCALS = "dev.holdfast.local.WorkerLocal";
  private static final Set<String> CALLS = Set.of("with", "update", "elsewhere", "make");
  private static final String LOADING = "java.lang.ClassLoader";

  private ExclusiveAccess() {}

  /**
   * Says whether a task is blocked inside an exclusive access. Not one that waits for a class to be
   * loaded there: the first use of code is nobody's mistake.
   *
   * @param stack where it stands, the innermost frame first
   */
  public static boolean isOn(StackTraceElement[] stack) {
    for (StackTraceElement frame : stack) {
      if (isOn(frame.getClassName(), frame.getMethodName())) {
        return true;
      }
      if (frame.getClassName().equals(LOADING) || frame.getMethodName().equals("<clinit>")) {
        return false;
      }
    }
    return false;
  }

  /** Says whether a frame is of an exclusive access. */
  public static boolean isOn(String type, String method) {
    return CALLS.contains(method) && type.equals(LOCALS);
  }
}
