// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.access;

import dev.holdfast.local.TaskLocal;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** {@link TaskLocal} against {@link ThreadLocal}, in a task that has used both before. */
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
public class TaskLocalBench {

  private static final Object VALUE = new Object();
  private static final TaskLocal<Object> LOCAL = TaskLocal.of(() -> VALUE);
  private static final ThreadLocal<Object> THREAD_LOCAL = ThreadLocal.withInitial(() -> VALUE);

  @Setup
  public void use() {
    LOCAL.get();
    THREAD_LOCAL.get();
  }

  @TearDown
  public void forget() {
    THREAD_LOCAL.remove();
  }

  @Benchmark
  public Object taskLocalGet() {
    return LOCAL.get();
  }

  @Benchmark
  public Object threadLocalGet() {
    return THREAD_LOCAL.get();
  }
}
