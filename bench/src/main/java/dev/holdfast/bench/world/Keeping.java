// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import dev.holdfast.bench.world.Kit.Document;
import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.BufferRecycler;
import tools.jackson.core.util.JsonRecyclerPools;
import tools.jackson.core.util.RecyclerPool;

/** Where the task of a document has its kit and its parser's buffers from. */
abstract class Keeping {
  /** Leased from the worker: one kit, and one recycler each for parser and printer. */
  static final Keeping LEASE =
      new Keeping(new LeasePool()) {
        @Override
        void handle(Document document) {
          try (Lease<Kit> lease = LEASED_KITS.lease()) {
            lease.get().handle(document, json);
          }
        }
      };

  /** The worker's own, for a task that is pinned meanwhile. */
  static final Keeping WITH =
      new Keeping(new WithPool()) {
        @Override
        void handle(Document document) {
          KITS.update(kit -> kit.handle(document, json));
        }
      };

  /** The thread's own, as libraries have it that were made for pools of threads. */
  static final Keeping THREAD_LOCAL =
      new Keeping(JsonRecyclerPools.threadLocalPool()) {
        @Override
        void handle(Document document) {
          THREAD_KITS.get().handle(document, json);
        }
      };

  /** Made for each document. */
  static final Keeping NONE =
      new Keeping(JsonRecyclerPools.nonRecyclingPool()) {
        @Override
        void handle(Document document) {
          new Kit().handle(document, json);
        }
      };

  private static final WorkerLocal<Kit> LEASED_KITS = WorkerLocal.of(Kit::new);
  private static final WorkerLocal<Kit> KITS = WorkerLocal.of(Kit::new);
  private static final ThreadLocal<Kit> THREAD_KITS = ThreadLocal.withInitial(Kit::new);

  final JsonFactory json;

  Keeping(RecyclerPool<BufferRecycler> pool) {
    json = JsonFactory.builder().recyclerPool(pool).build();
  }

  /** Reads, prints and digests a document, on the thread of a task. */
  abstract void handle(Document document);

  /** Jackson's recyclers as leases: one is its task's alone until it is released. */
  private static final class LeasePool implements RecyclerPool<BufferRecycler> {
    private static final WorkerLocal<Leased> RECYCLERS = WorkerLocal.of(Leased::new);

    /** Knows its lease, for Jackson gives back the recycler alone. */
    private static final class Leased extends BufferRecycler {
      /** Of the task that holds the lease. */
      private @Nullable Lease<Leased> lease;
    }

    @Override
    @SuppressWarnings("MustBeClosedChecker") // by releasePooled
    public BufferRecycler acquirePooled() {
      Lease<Leased> lease = RECYCLERS.lease();
      Leased recycler = lease.get();
      recycler.lease = lease;
      return recycler;
    }

    @Override
    public void releasePooled(BufferRecycler recycler) {
      Leased leased = (Leased) recycler;
      Lease<Leased> lease = leased.lease;
      if (lease == null) {
        throw new IllegalStateException(recycler + " was released without having been acquired");
      }
      leased.lease = null;
      lease.close();
    }
  }

  /** Jackson's recyclers in a list of each worker, without a lock. */
  private static final class WithPool implements RecyclerPool<BufferRecycler> {
    private static final WorkerLocal<Deque<BufferRecycler>> RECYCLERS =
        WorkerLocal.of(ArrayDeque::new);

    @Override
    public BufferRecycler acquirePooled() {
      BufferRecycler recycler = RECYCLERS.<@Nullable BufferRecycler>with(Deque::pollLast);
      return recycler == null ? new BufferRecycler() : recycler;
    }

    @Override
    public void releasePooled(BufferRecycler recycler) {
      RECYCLERS.update(recyclers -> recyclers.addLast(recycler));
    }
  }
}
