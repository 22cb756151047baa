// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.access;

import dev.holdfast.local.LocalRef;
import dev.holdfast.local.WorkerLocal;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * {@code with}, {@code update} and {@code ref} against {@link ThreadLocal} and {@link LongAdder}.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--add-opens=java.base/java.lang=ALL-UNNAMED",
      "-Djmh.executor=CUSTOM",
      "-Djmh.executor.class=dev.holdfast.bench.WorkersExecutor"
    })
@State(Scope.Thread)
public class WithBench {

  /** A value that is not thread-safe. */
  static final class Counter {
    long count;
    private final Object label = new Object();

    void increment() {
      count++;
    }

    Object label() {
      return label;
    }
  }

  private static final WorkerLocal<Counter> LOCAL = WorkerLocal.of(Counter::new);
  private static final ThreadLocal<Counter> THREAD_LOCAL = ThreadLocal.withInitial(Counter::new);
  private static final LongAdder ADDER = new LongAdder();

  private LocalRef<Counter> kept;

  @Setup
  @SuppressWarnings("RefToUnsafeValue") // only its label is read
  public void take() {
    kept = LOCAL.ref();
    THREAD_LOCAL.get();
  }

  @Benchmark
  public void updateIncrement() {
    LOCAL.update(Counter::increment);
  }

  @Benchmark
  public void longAdderIncrement() {
    ADDER.increment();
  }

  @Benchmark
  public Object with() {
    return LOCAL.with(Counter::label);
  }

  @Benchmark
  @SuppressWarnings("RefToUnsafeValue") // only its label is read
  public Object refGet() {
    return LOCAL.ref().get().label();
  }

  @Benchmark
  public Object refKept() {
    return kept.get().label();
  }

  @Benchmark
  public Object threadLocalGet() {
    return THREAD_LOCAL.get().label();
  }
}
