// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.ExclusiveAccess;
import java.lang.StackWalker.StackFrame;

/**
 * Looks on the stack for what pins the current virtual thread: an exclusive access or initialiser
 * of ours, a native method, a class initialiser.
 *
 * <p>Asked only where a task is about to wait for its own worker, where a microsecond does not
 * matter. The JDK's own answer is of no use here: on JDK 25 it says "pinned" of every virtual
 * thread that has not suspended yet.
 */
final class PinnedFrames {

  private static final StackWalker WALKER = StackWalker.getInstance();

  private PinnedFrames() {}

  static boolean present() {
    return WALKER.walk(frames -> frames.anyMatch(PinnedFrames::pins));
  }

  private static boolean pins(StackFrame frame) {
    return frame.isNativeMethod()
        || frame.getMethodName().equals("<clinit>")
        || ExclusiveAccess.isOn(frame.getClassName(), frame.getMethodName());
  }
}
