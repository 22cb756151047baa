// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.local.WorkerLocal;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Waits inside a callback, for a task that only this worker could see. In the carrier tier it is in
 * the worker's own slot or queue, and the one that waits cannot unmount; in the owned tier the one
 * that waits is on the worker that the other would come onto.
 */
@Tag("S61")
@ParameterizedClass(name = "{0}: {1} workers, {2} spares")
@CsvSource({
  "CARRIER, 1, 4",
  "CARRIER, 2, 0",
  "CARRIER, 2, 4",
  "OWNED, 1, 4",
  "OWNED, 2, 0",
  "OWNED, 2, 4"
})
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("restricted") // a native frame is what is tested
final class NestedEntryTest {

  private static final int ROUNDS = 20;
  private static final WorkerLocal<Object> LOCAL = WorkerLocal.of(Object::new);

  private final Tier tier;
  private final int workers;
  private final int spares;

  NestedEntryTest(Tier tier, int workers, int spares) {
    this.tier = tier;
    this.workers = workers;
    this.spares = spares;
  }

  private WorkerRuntime start() {
    return WorkerRuntime.builder().tier(tier).workers(workers).spareWorkers(spares).start();
  }

  @Test
  @DisplayName("S61: a task is started and waited for inside with()")
  void aTaskIsWaitedForInsideWith() throws Exception {
    try (WorkerRuntime runtime = start()) {
      for (int round = 0; round < ROUNDS; round++) {
        int answer =
            runtime.run(
                () -> LOCAL.<Integer>with(value -> runtime.<Integer>spawn(() -> 42).join()));
        assertThat(answer).isEqualTo(42);
      }
    }
  }

  @Test
  @DisplayName("S61: a task that uses the same local in each form is waited for inside with()")
  void aTaskThatUsesTheLocalIsWaitedForInsideWith() throws Exception {
    try (WorkerRuntime runtime = start()) {
      for (int round = 0; round < ROUNDS; round++) {
        int answer =
            runtime.run(
                () -> LOCAL.<Integer>with(value -> runtime.<Integer>spawn(() -> uses()).join()));
        assertThat(answer).isEqualTo(42);
      }
    }
  }

  private static int uses() {
    LOCAL.update(value -> {});
    LOCAL.lease().close();
    return LOCAL.ref().get() == null ? 0 : 42;
  }

  @Test
  @DisplayName("S61: a task whose first use is a call on the owner is waited for inside with()")
  void aTaskThatCallsTheOwnerIsWaitedForInsideWith() throws Exception {
    try (WorkerRuntime runtime = start()) {
      for (int round = 0; round < ROUNDS; round++) {
        int answer =
            runtime.run(() ->
                LOCAL.<Integer>with(
                    value -> runtime.<Integer>spawn(() -> LOCAL.onOwner(own -> 42)).join()));
        assertThat(answer).isEqualTo(42);
      }
    }
  }

  @Test
  @DisplayName("S61: many tasks that wait for each other are started inside with()")
  void aTreeIsWaitedForInsideWith() throws Exception {
    try (WorkerRuntime runtime = start()) {
      int leaves = runtime.run(() -> LOCAL.<Integer>with(value -> leaves(runtime, 6)));
      assertThat(leaves).isEqualTo(64);
    }
  }

  private static int leaves(WorkerRuntime runtime, int depth) {
    if (depth == 0) {
      return 1;
    }
    Task<Integer> left = runtime.spawn(() -> leaves(runtime, depth - 1));
    Task<Integer> right = runtime.spawn(() -> leaves(runtime, depth - 1));
    return left.join() + right.join();
  }

  @Test
  @DisplayName("S61: a native function calls back, and the callback waits for a task")
  void aTaskIsWaitedForInsideANativeCallback() throws Exception {
    // The callback keeps a carrier, which in the owned tier is one of the JDK's.
    assumeTrue(tier == Tier.CARRIER || Runtime.getRuntime().availableProcessors() > 1);
    try (WorkerRuntime runtime = start()) {
      for (int round = 0; round < ROUNDS; round++) {
        int[] sorted =
            runtime.run(() ->
                Qsort.sort(
                    new int[] {3, 1, 2},
                    (a, b) -> runtime.spawn(() -> Integer.compare(a, b)).join()));
        assertThat(sorted).containsExactly(1, 2, 3);
      }
    }
  }

  @Test
  @DisplayName("S61: a callback enters another runtime, whose task enters this one")
  void anotherRuntimeComesBack() throws Exception {
    try (WorkerRuntime runtime = start();
        WorkerRuntime other = start()) {
      Callable<Integer> back = () -> runtime.run(() -> 42);
      for (int round = 0; round < ROUNDS; round++) {
        Task<Integer> task =
            runtime.spawn(() -> LOCAL.<Integer>with(value -> entered(other, back)));
        assertThat(task.get()).isEqualTo(42);
      }
    }
  }

  @Test
  @DisplayName("S61: a callback waits for a blocking job, which enters the runtime")
  void aBlockingJobComesBack() throws Exception {
    try (WorkerRuntime runtime = start()) {
      for (int round = 0; round < ROUNDS; round++) {
        Task<Integer> task =
            runtime.spawn(() ->
                LOCAL.<Integer>with(
                    value -> runtime.<Integer>spawnBlocking(() -> runtime.run(() -> 42)).join()));
        assertThat(task.get()).isEqualTo(42);
      }
    }
  }

  @Test
  @DisplayName("S61: run() inside a task of the same runtime is refused, in a callback as well")
  void runInsideATaskIsRefused() throws Exception {
    try (WorkerRuntime runtime = start()) {
      AtomicReference<Exception> thrown = new AtomicReference<>();
      runtime.run(() -> {
        LOCAL.update(value -> {
          try {
            runtime.run(() -> 1);
          } catch (Exception e) {
            thrown.set(e);
          }
        });
        return null;
      });
      assertThat(thrown.get())
          .isInstanceOf(BlockingEntryException.class)
          .hasMessageContaining("spawn(body).join()");
      assertThatExceptionOfType(BlockingEntryException.class)
          .isThrownBy(() -> runtime.run(() -> runtime.run(() -> 1)));
    }
  }

  private static int entered(WorkerRuntime runtime, Callable<Integer> body) {
    try {
      return runtime.run(body);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** The C library's sort, which calls back into Java to compare. */
  private static final class Qsort {

    interface Order {
      int compare(int a, int b);
    }

    static int[] sort(int[] numbers, Order order) {
      Linker linker = Linker.nativeLinker();
      try (Arena arena = Arena.ofConfined()) {
        FunctionDescriptor comparing =
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS.withTargetLayout(ValueLayout.JAVA_INT),
                ValueLayout.ADDRESS.withTargetLayout(ValueLayout.JAVA_INT));
        MethodHandle compare =
            MethodHandles.lookup()
                .findStatic(
                    Qsort.class,
                    "compare",
                    MethodType.methodType(
                        int.class, Order.class, MemorySegment.class, MemorySegment.class))
                .bindTo(order);
        MethodHandle qsort =
            linker.downcallHandle(
                linker.defaultLookup().find("qsort").orElseThrow(),
                FunctionDescriptor.ofVoid(
                    ValueLayout.ADDRESS,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.ADDRESS));
        MemorySegment array = arena.allocateFrom(ValueLayout.JAVA_INT, numbers);
        qsort.invokeExact(
            array, (long) numbers.length, 4L, linker.upcallStub(compare, comparing, arena));
        return array.toArray(ValueLayout.JAVA_INT);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }

    static int compare(Order order, MemorySegment a, MemorySegment b) {
      return order.compare(a.get(ValueLayout.JAVA_INT, 0), b.get(ValueLayout.JAVA_INT, 0));
    }
  }
}
