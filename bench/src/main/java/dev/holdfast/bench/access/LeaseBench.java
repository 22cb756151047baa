// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.access;

import dev.holdfast.jackson.PoolOptions;
import dev.holdfast.jackson3.WorkerRecyclerPool;
import dev.holdfast.local.Guard;
import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.memory.WorkerArena;
import io.netty.util.Recycler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.MpmcArrayQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import tools.jackson.core.util.BufferRecycler;
import tools.jackson.core.util.JsonRecyclerPools;
import tools.jackson.core.util.RecyclerPool;

/** {@code lease} and {@code guard} against pools, an arena and a shared count. */
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
public class LeaseBench {

  /** What Netty pools: it knows its way home. */
  static final class Buffer {
    final byte[] bytes = new byte[SIZE];
    private final Recycler.Handle<Buffer> handle;

    Buffer(Recycler.Handle<Buffer> handle) {
      this.handle = handle;
    }
  }

  private static final int SIZE = 64;
  private static final WorkerArena ARENA = WorkerArena.create();
  private static final WorkerLocal<byte[]> LOCAL = WorkerLocal.of(() -> new byte[SIZE]);
  private static final AtomicLong COUNT = new AtomicLong();
  private static final MpmcArrayQueue<byte[]> JCTOOLS = new MpmcArrayQueue<>(16);
  private static final RecyclerPool<BufferRecycler> JACKSON_OURS =
      WorkerRecyclerPool.of(PoolOptions.defaults().named("bench"));
  private static final RecyclerPool<BufferRecycler> JACKSON_DEQUE =
      JsonRecyclerPools.newConcurrentDequePool();
  private static final RecyclerPool<BufferRecycler> JACKSON_BOUNDED =
      JsonRecyclerPools.newBoundedPool(16);
  private static final RecyclerPool<BufferRecycler> JACKSON_THREAD_LOCAL =
      JsonRecyclerPools.threadLocalPool();

  /** Keeps a pool per thread, and none for virtual threads, where it allocates each time. */
  private static final Recycler<Buffer> NETTY =
      new Recycler<>() {
        @Override
        protected Buffer newObject(Handle<Buffer> handle) {
          return new Buffer(handle);
        }
      };

  /** Keeps one pool for all threads. */
  private static final Recycler<Buffer> NETTY_SHARED =
      new Recycler<>(16, true) {
        @Override
        protected Buffer newObject(Handle<Buffer> handle) {
          return new Buffer(handle);
        }
      };

  @Benchmark
  public void lease(Blackhole hole) {
    try (Lease<byte[]> lease = LOCAL.lease()) {
      hole.consume(lease.get());
    }
  }

  @Benchmark
  @SuppressWarnings("RefToUnsafeValue") // nobody reads the array
  public void guard(Blackhole hole) {
    try (Guard<byte[]> guard = LOCAL.guard()) {
      hole.consume(guard.get());
    }
  }

  /** As if the guard were handed to somebody: the compiler cannot do without its object. */
  @Benchmark
  @SuppressWarnings("RefToUnsafeValue") // nobody reads the array
  public void guardKept(Blackhole hole) {
    try (Guard<byte[]> guard = LOCAL.guard()) {
      hole.consume(guard);
      hole.consume(guard.get());
    }
  }

  @Benchmark
  public void arenaLeased(Blackhole hole) {
    try (Arena scope = ARENA.open()) {
      use(scope.allocate(SIZE), hole);
    }
  }

  @Benchmark
  public void arenaConfined(Blackhole hole) {
    try (Arena arena = Arena.ofConfined()) {
      use(arena.allocate(SIZE), hole);
    }
  }

  /**
   * As if the memory were handed to somebody: else the compiler does without the arena's objects.
   */
  private static void use(MemorySegment memory, Blackhole hole) {
    memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
    hole.consume(memory);
  }

  @Benchmark
  public void atomicLong(Blackhole hole) {
    COUNT.incrementAndGet();
    hole.consume(JCTOOLS);
    COUNT.decrementAndGet();
  }

  @Benchmark
  public void jctools(Blackhole hole) {
    byte[] value = JCTOOLS.poll();
    if (value == null) {
      value = new byte[SIZE];
    }
    hole.consume(value);
    JCTOOLS.offer(value);
  }

  @Benchmark
  public void jacksonOurs(Blackhole hole) {
    BufferRecycler value = JACKSON_OURS.acquireAndLinkPooled();
    hole.consume(value);
    value.releaseToPool();
  }

  @Benchmark
  public void jacksonDeque(Blackhole hole) {
    BufferRecycler value = JACKSON_DEQUE.acquireAndLinkPooled();
    hole.consume(value);
    value.releaseToPool();
  }

  @Benchmark
  public void jacksonBounded(Blackhole hole) {
    BufferRecycler value = JACKSON_BOUNDED.acquireAndLinkPooled();
    hole.consume(value);
    value.releaseToPool();
  }

  @Benchmark
  public void jacksonThreadLocal(Blackhole hole) {
    BufferRecycler value = JACKSON_THREAD_LOCAL.acquireAndLinkPooled();
    hole.consume(value);
    value.releaseToPool();
  }

  @Benchmark
  public void netty(Blackhole hole) {
    Buffer value = NETTY.get();
    hole.consume(value.bytes);
    value.handle.recycle(value);
  }

  @Benchmark
  public void nettyShared(Blackhole hole) {
    Buffer value = NETTY_SHARED.get();
    hole.consume(value.bytes);
    value.handle.recycle(value);
  }
}
