// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.machine;

import dev.holdfast.faults.books.Until;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The address space of this process, and a limit to it: with little room left the operating system
 * makes no more threads, whoever asks, for each needs a stack. Linux only.
 */
final class AddressSpace {

  private static final Path STATUS = Path.of("/proc/self/status");

  /** Of {@code setrlimit}: {@code RLIMIT_AS}, and {@code RLIM_INFINITY}. */
  private static final int LIMITED = 9;

  private static final long NO_LIMIT = -1;

  private static final long KIBI = 1024;

  /** So many looks, a millisecond apart, find the same size when it no longer changes. */
  private static final int STEADY = 10;

  private AddressSpace() {}

  /** Says whether a limit can be set here. */
  static boolean isLimitable() {
    return System.getProperty("os.name").equals("Linux") && Files.isReadable(STATUS);
  }

  /** Leaves room for so many more bytes, once the stacks of threads that ended are gone. */
  static void leave(long bytes) throws IOException {
    long size = size();
    for (int same = 0; same < STEADY; same++) {
      Until.pass(1_000_000);
      long now = size();
      if (now != size) {
        size = now;
        same = 0;
      }
    }
    set(size + bytes);
  }

  /** Takes the limit away. */
  static void free() {
    set(NO_LIMIT);
  }

  private static long size() throws IOException {
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("VmSize:")) {
        return KIBI * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException(STATUS + " has no VmSize");
  }

  @SuppressWarnings("restricted") // a native call is what this is
  private static void set(long bytes) {
    Linker linker = Linker.nativeLinker();
    MethodHandle call =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("setrlimit"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try (Arena arena = Arena.ofConfined()) {
      // The soft one, which counts, and the hard one, which may not be lowered for good.
      MemorySegment limits = arena.allocate(MemoryLayout.sequenceLayout(2, ValueLayout.JAVA_LONG));
      limits.setAtIndex(ValueLayout.JAVA_LONG, 0, bytes);
      limits.setAtIndex(ValueLayout.JAVA_LONG, 1, NO_LIMIT);
      int result = (int) call.invokeExact(LIMITED, limits);
      if (result != 0) {
        throw new IllegalStateException("setrlimit returns " + result + " for " + bytes);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
