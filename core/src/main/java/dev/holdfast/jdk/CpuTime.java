// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.jspecify.annotations.Nullable;

/**
 * The processor time that a thread has used, where the JVM can tell.
 *
 * <p>Needs module {@code java.management}, which a program on the class path has and a trimmed
 * image may not have.
 */
public final class CpuTime {

  private static final @Nullable ThreadMXBean THREADS = find();

  private CpuTime() {}

  private static @Nullable ThreadMXBean find() {
    try {
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      return threads.isThreadCpuTimeSupported() && threads.isThreadCpuTimeEnabled()
          ? threads
          : null;
    } catch (Error e) {
      // No such module; or memory ran out, upon which the JVM cannot tell any more. Not thrown:
      // this class would be of no use, and each look at a worker would fail.
      return null;
    }
  }

  /**
   * Returns the processor time of a live platform thread.
   *
   * @return nanoseconds, or -1 if the JVM cannot tell
   */
  public static long nanosOf(Thread thread) {
    return THREADS == null ? -1 : THREADS.getThreadCpuTime(thread.threadId());
  }
}
