// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * A thread that the C library makes and ends. Java code is called on it, by which it is attached to
 * the JVM until it ends.
 */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class ThreadExitNativeTest {

  /** What the thread calls. */
  private static volatile Runnable called = () -> {};

  @Test
  @EnabledOnOs(OS.LINUX)
  @SuppressWarnings("restricted")
  void aThreadThatNativeCodeMadeDestroysItsValues() throws Throwable {
    List<String> log = Collections.synchronizedList(new ArrayList<>());
    ThreadExitLocal<Thread> local =
        ThreadExitLocal.of(
            Thread::currentThread, value -> log.add("same: " + (value == Thread.currentThread())));
    called =
        () -> {
          local.get();
          log.add("called");
        };
    Linker linker = Linker.nativeLinker();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment body =
          linker.upcallStub(
              MethodHandles.lookup()
                  .findStatic(
                      ThreadExitNativeTest.class,
                      "callBack",
                      MethodType.methodType(MemorySegment.class, MemorySegment.class)),
              FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS),
              arena);
      MemorySegment thread = arena.allocate(ValueLayout.JAVA_LONG);
      int made =
          (int)
              linker
                  .downcallHandle(
                      linker.defaultLookup().find("pthread_create").orElseThrow(),
                      FunctionDescriptor.of(
                          ValueLayout.JAVA_INT,
                          ValueLayout.ADDRESS,
                          ValueLayout.ADDRESS,
                          ValueLayout.ADDRESS,
                          ValueLayout.ADDRESS))
                  .invokeExact(thread, MemorySegment.NULL, body, MemorySegment.NULL);
      int joined =
          (int)
              linker
                  .downcallHandle(
                      linker.defaultLookup().find("pthread_join").orElseThrow(),
                      FunctionDescriptor.of(
                          ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS))
                  .invokeExact(thread.get(ValueLayout.JAVA_LONG, 0), MemorySegment.NULL);
      assertThat(List.of(made, joined)).containsExactly(0, 0);
    }
    assertThat(log).containsExactly("called", "same: true");
  }

  static MemorySegment callBack(MemorySegment argument) {
    called.run();
    return argument;
  }
}
