// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.jspecify.annotations.Nullable;

/**
 * The processor time that a thread has used, where the JVM can tell.
 *
 * <p>Needs module {@code java.management}, which a program on the class path has and a trimmed
 * image may not have. It is not asked before somebody wants to know, for it takes the JVM a while
 * to start it.
 */
public final class CpuTime {

  // Written once something is found or found to be missing, by who asks first; volatile, for others
  // ask too. There is no initialiser that could fail for want of memory, and with it every use.
  private static volatile @Nullable ThreadMXBean threads;
  private static volatile boolean missing;

  private CpuTime() {}

  /**
   * Returns the processor time of a live platform thread.
   *
   * @return nanoseconds, or -1 if the JVM cannot tell, or not now, as memory is at its end
   */
  public static long nanosOf(Thread thread) {
    if (missing) {
      return -1;
    }
    try {
      ThreadMXBean found = threads;
      if (found == null) {
        found = ManagementFactory.getThreadMXBean();
        if (!found.isThreadCpuTimeSupported() || !found.isThreadCpuTimeEnabled()) {
          missing = true;
          return -1;
        }
        threads = found;
      }
      return found.getThreadCpuTime(thread.threadId());
    } catch (OutOfMemoryError e) {
      return -1;
    } catch (Error e) {
      // No such module, or memory ran out as its classes were initialised, which are of no use now.
      missing = true;
      return -1;
    }
  }
}
