// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import dev.holdfast.faults.books.Until;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM had at one moment.
 *
 * @param millis since the soak began
 * @param heap bytes in use after a collection
 * @param threads the fewest live platform threads seen for a while before it
 * @param handles the fewest open file descriptors, or -1 where nobody tells
 * @param loaders class loaders that were released and are not collected
 * @param classes classes that are loaded
 * @param runtimes runtimes that have ended so far
 */
record Sample(
    long millis, long heap, int threads, int handles, int loaders, int classes, long runtimes) {

  private static final int LOOKS = 16;
  private static final long BETWEEN_NANOS = 50_000_000;
  private static final File DESCRIPTORS = new File("/proc/self/fd");

  /**
   * Looks for as long as one waits between two samples, then has the heap collected. Of what comes
   * and goes all the time the least is taken: what is leaked is still there then.
   */
  static Sample take(LongSupplier millis, IntSupplier loaders, LongSupplier runtimes) {
    int threads = Integer.MAX_VALUE;
    int handles = Integer.MAX_VALUE;
    for (int i = 0; i < LOOKS; i++) {
      Until.pass(BETWEEN_NANOS);
      threads = Math.min(threads, ManagementFactory.getThreadMXBean().getThreadCount());
      handles = Math.min(handles, openDescriptors());
    }
    return new Sample(
        millis.getAsLong(),
        heapAfterCollection(),
        threads,
        handles,
        loaders.getAsInt(),
        ManagementFactory.getClassLoadingMXBean().getLoadedClassCount(),
        runtimes.getAsLong());
  }

  private static long heapAfterCollection() {
    System.gc();
    long used = 0;
    boolean known = false;
    for (java.lang.management.MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      MemoryUsage after = pool.getCollectionUsage();
      if (pool.getType() == java.lang.management.MemoryType.HEAP && after != null) {
        used += after.getUsed();
        known = true;
      }
    }
    return known ? used : ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static int openDescriptors() {
    String @Nullable [] names = DESCRIPTORS.list();
    // One of them is that of the list itself.
    return names == null ? -1 : names.length - 1;
  }
}
