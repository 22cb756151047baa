// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.pools;

import dev.holdfast.local.Lease;
import dev.holdfast.local.LeaseOverflow;
import dev.holdfast.local.WorkerLocal;
import io.netty.util.Recycler;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.commons.pool2.BasePooledObjectFactory;
import org.apache.commons.pool2.PooledObject;
import org.apache.commons.pool2.impl.DefaultPooledObject;
import org.apache.commons.pool2.impl.GenericObjectPool;
import org.jctools.queues.MpmcArrayQueue;
import stormpot.Allocator;
import stormpot.BasePoolable;
import stormpot.Pool;
import stormpot.PoolTap;
import stormpot.Slot;
import stormpot.Timeout;

/** A way to have a buffer for a while, across a blocking point. */
interface Pooling extends AutoCloseable {

  /** The size of a buffer. */
  int SIZE = 8 * 1024;

  /** How many each keeps, in all or for each worker, where that can be set. */
  int KEPT = 16;

  /** Takes a buffer, uses it before and after a blocking point, and gives it back. */
  void use() throws Exception;

  @Override
  default void close() {}

  /** What is done with a buffer: something before the blocking point, and something after it. */
  @SuppressWarnings("ThreadPriorityCheck") // the shortest blocking point there is
  static void work(byte[] buffer) {
    buffer[0]++;
    Thread.yield();
    buffer[1]++;
  }

  /** The contestants. */
  enum Kind {
    /** Leases of a worker's values. */
    HOLDFAST(
        "holdfast",
        "WorkerLocal.lease, " + KEPT + " for each worker; who finds none waits",
        () -> new OfLeases(LeaseOverflow.WAIT)),
    /** The same, and more when these are out. */
    TEMPORARY(
        "holdfast-temporary",
        "the same with LeaseOverflow.TEMPORARY; who finds none gets a new one",
        () -> new OfLeases(LeaseOverflow.TEMPORARY)),
    /** Thread-locals. */
    THREAD_LOCAL("ThreadLocal", "one for each virtual thread that uses it", OfThreads::new),
    /** A queue. */
    JCTOOLS("JCTools", "MpmcArrayQueue of " + KEPT + "; what finds none is new", OfQueue::new),
    /** Netty, as it is used. */
    NETTY("Netty", "Recycler: keeps nothing on virtual threads", OfNetty::new),
    /** Netty, with one pool for all threads. */
    NETTY_SHARED("Netty-shared", "Recycler of " + KEPT + " for all threads", OfNettyShared::new),
    /** Commons Pool. */
    COMMONS(
        "Commons-Pool",
        "GenericObjectPool, at most " + KEPT + " idle, any number taken",
        OfCommons::new),
    /** Stormpot. */
    STORMPOT(
        "Stormpot",
        "a pool of " + KEPT + " by its tap for virtual threads; who finds none waits",
        OfStormpot::new),
    /** No pool. */
    NONE("new", "a new one each time", () -> () -> work(new byte[SIZE]));

    final String peer;
    final String about;

    @SuppressWarnings("ImmutableEnumChecker") // without state
    private final Supplier<Pooling> maker;

    Kind(String peer, String about, Supplier<Pooling> maker) {
      this.peer = peer;
      this.about = about;
      this.maker = maker;
    }

    Pooling make() {
      return maker.get();
    }
  }

  /** By a lease. */
  final class OfLeases implements Pooling {
    private final WorkerLocal<byte[]> local;

    OfLeases(LeaseOverflow overflow) {
      local = WorkerLocal.builder(() -> new byte[SIZE]).leases(KEPT).overflow(overflow).build();
    }

    @Override
    public void use() {
      try (Lease<byte[]> lease = local.lease()) {
        work(lease.get());
      }
    }
  }

  /** By a ThreadLocal. */
  final class OfThreads implements Pooling {
    @SuppressWarnings("ThreadLocalCache") // it is what the others are measured beside
    private final ThreadLocal<byte[]> local = ThreadLocal.withInitial(() -> new byte[SIZE]);

    @Override
    public void use() {
      work(local.get());
    }
  }

  /** By a queue of JCTools. */
  final class OfQueue implements Pooling {
    private final MpmcArrayQueue<byte[]> queue = new MpmcArrayQueue<>(KEPT);

    @Override
    public void use() {
      byte[] value = queue.poll();
      if (value == null) {
        value = new byte[SIZE];
      }
      work(value);
      queue.offer(value);
    }
  }

  /** What Netty pools: it knows its way home. */
  final class Buffer {
    private final byte[] bytes = new byte[SIZE];
    private final Recycler.Handle<Buffer> handle;

    Buffer(Recycler.Handle<Buffer> handle) {
      this.handle = handle;
    }

    private static void use(Recycler<Buffer> pool) {
      Buffer buffer = pool.get();
      work(buffer.bytes);
      buffer.handle.recycle(buffer);
    }
  }

  /** By a Recycler, which keeps a pool for each platform thread. */
  final class OfNetty implements Pooling {
    private final Recycler<Buffer> pool =
        new Recycler<>() {
          @Override
          protected Buffer newObject(Handle<Buffer> handle) {
            return new Buffer(handle);
          }
        };

    @Override
    public void use() {
      Buffer.use(pool);
    }
  }

  /** By a Recycler that keeps one pool. */
  final class OfNettyShared implements Pooling {
    private final Recycler<Buffer> pool =
        new Recycler<>(KEPT, true) {
          @Override
          protected Buffer newObject(Handle<Buffer> handle) {
            return new Buffer(handle);
          }
        };

    @Override
    public void use() {
      Buffer.use(pool);
    }
  }

  /** By Commons Pool. */
  final class OfCommons implements Pooling {
    private final GenericObjectPool<byte[]> pool =
        new GenericObjectPool<>(
            new BasePooledObjectFactory<byte[]>() {
              @Override
              public byte[] create() {
                return new byte[SIZE];
              }

              @Override
              public PooledObject<byte[]> wrap(byte[] value) {
                return new DefaultPooledObject<>(value);
              }
            });

    OfCommons() {
      pool.setMaxTotal(-1);
      pool.setMaxIdle(KEPT);
    }

    @Override
    public void use() throws Exception {
      byte[] value = pool.borrowObject();
      work(value);
      pool.returnObject(value);
    }

    @Override
    public void close() {
      pool.close();
    }
  }

  /** By Stormpot. */
  final class OfStormpot implements Pooling {
    private static final Timeout LONG = new Timeout(1, TimeUnit.MINUTES);

    /** What Stormpot pools. */
    private static final class Pooled extends BasePoolable {
      private final byte[] bytes = new byte[SIZE];

      Pooled(Slot slot) {
        super(slot);
      }
    }

    private final Pool<Pooled> pool =
        Pool.from(
                new Allocator<Pooled>() {
                  @Override
                  public Pooled allocate(Slot slot) {
                    return new Pooled(slot);
                  }

                  @Override
                  public void deallocate(Pooled value) {}
                })
            .setSize(KEPT)
            .build();
    private final PoolTap<Pooled> tap = pool.getVirtualThreadSafeTap();

    @Override
    public void use() throws Exception {
      Pooled value = tap.claim(LONG);
      if (value == null) {
        throw new IllegalStateException("nothing came back for a minute");
      }
      work(value.bytes);
      value.release();
    }

    @Override
    public void close() {
      var _ = pool.shutdown();
    }
  }
}
