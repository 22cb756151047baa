// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.jdk.VirtualThreads;

/** Tells what kind of thread is being made, to code that its constructor calls. */
final class MadeThread {

  private static final StackWalker WALKER = StackWalker.getInstance();

  /** How far from there the constructor of the thread's own class is at most. */
  private static final int DEPTH = 24;

  private MadeThread() {}

  /**
   * Says whether it is a virtual thread, and not one that a runtime makes for a task of its own.
   */
  static boolean isVirtual() {
    return WALKER.walk(frames -> {
      boolean virtual = false;
      for (StackWalker.StackFrame frame :
          (Iterable<StackWalker.StackFrame>) frames.limit(DEPTH)::iterator) {
        String type = frame.getClassName();
        if (frame.getMethodName().equals("<init>")) {
          virtual |= type.equals("java.lang.BaseVirtualThread");
        } else if (type.equals(VirtualThreads.class.getName())) {
          return false;
        }
      }
      return virtual;
    });
  }
}
