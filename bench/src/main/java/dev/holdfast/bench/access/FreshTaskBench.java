// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.access;

import dev.holdfast.local.TaskLocal;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * The first use of a {@link TaskLocal}, a {@link ThreadLocal} or a {@link ScopedValue} in a fresh
 * task, the task's start and end included.
 *
 * <p>A task starts others one after the other and waits for each. {@code empty} is what they cost
 * without any use: what is to be taken off the rest.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--add-opens=java.base/java.lang=ALL-UNNAMED",
      // A heap that grows has the system clear pages for it: more than what is compared.
      "-Xms1g",
      "-Xmx1g",
      "-XX:+AlwaysPreTouch"
    })
@State(Scope.Thread)
public class FreshTaskBench {

  private static final int TASKS = 1_000;
  private static final Object VALUE = new Object();
  private static final TaskLocal<Object> LOCAL = TaskLocal.of(() -> VALUE);
  private static final ThreadLocal<Object> THREAD_LOCAL = ThreadLocal.withInitial(() -> VALUE);
  private static final ScopedValue<Object> SCOPED = ScopedValue.newInstance();

  /** A value that has to be closed. */
  private static final class Resource implements AutoCloseable {
    private boolean closed;

    @Override
    public void close() {
      closed = true;
    }

    boolean isClosed() {
      return closed;
    }
  }

  private static final TaskLocal<Resource> RESOURCE = TaskLocal.of(Resource::new);
  private static final ThreadLocal<Resource> THREAD_RESOURCE =
      ThreadLocal.withInitial(Resource::new);

  private WorkerRuntime runtime;

  @Setup
  public void start() {
    runtime = WorkerRuntime.builder().tier(Tier.CARRIER).workers(1).spareWorkers(0).start();
  }

  @TearDown
  public void close() {
    runtime.close();
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void empty(Blackhole sink) throws Exception {
    inFreshTasks(() -> sink.consume(VALUE));
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void taskLocalGet(Blackhole sink) throws Exception {
    inFreshTasks(() -> sink.consume(LOCAL.get()));
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void threadLocalGet(Blackhole sink) throws Exception {
    inFreshTasks(() -> sink.consume(THREAD_LOCAL.get()));
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void scopedValueGet(Blackhole sink) throws Exception {
    inFreshTasks(() -> ScopedValue.where(SCOPED, VALUE).run(() -> sink.consume(SCOPED.get())));
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void taskLocalClosed(Blackhole sink) throws Exception {
    inFreshTasks(() -> sink.consume(RESOURCE.get().isClosed()));
  }

  /** What is to be done by hand to have the value closed whatever the task does. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public void threadLocalClosed(Blackhole sink) throws Exception {
    inFreshTasks(() -> {
      try {
        sink.consume(THREAD_RESOURCE.get().isClosed());
      } finally {
        THREAD_RESOURCE.get().close();
        THREAD_RESOURCE.remove();
      }
    });
  }

  private void inFreshTasks(Runnable body) throws Exception {
    runtime.run(() -> {
      for (int i = 0; i < TASKS; i++) {
        runtime
            .spawn(() -> {
              body.run();
              return null;
            })
            .join();
      }
      return null;
    });
  }
}
