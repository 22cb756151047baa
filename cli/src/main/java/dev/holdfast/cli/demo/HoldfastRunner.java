// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs the job on Holdfast: contexts belong to workers, tasks lease them, the close frees them.
 *
 * <p>A spare worker, which stands in for one that is blocked in a file read, has contexts of its
 * own. There are at most {@code workers / leases} spare ones here, so that all together make no
 * more than {@code workers x (1 + leases)} contexts.
 */
final class HoldfastRunner implements Runner {

  static final String NAME = "holdfast";

  // Only failures make a close wait: all tasks have ended before it.
  private static final Duration DRAIN = Duration.ofSeconds(30);
  private static final Duration CANCEL = Duration.ofSeconds(10);

  private final int workers;
  private final int leases;

  HoldfastRunner(int workers, int leases) {
    this.workers = workers;
    this.leases = leases;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Run run(Corpus corpus, Progress progress) throws ExecutionException, InterruptedException {
    ContextCount count = new ContextCount();
    FileDigester digester = new FileDigester(corpus, progress);
    // A program would keep it in a static constant; here each run counts its own contexts.
    WorkerLocal<DigestContext> contexts =
        WorkerLocal.<DigestContext>builder(() -> DigestContext.owned(count))
            .name("digest-context")
            .destructor(DigestContext::close)
            .leases(leases)
            .build();

    Spares spares = new Spares();
    long begin = System.nanoTime();
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .name("demo")
            .workers(workers)
            .spareWorkers(workers / leases)
            .listener(spares)
            .start();
    ShutdownReport report;
    try {
      List<Task<?>> tasks = new ArrayList<>(corpus.pieces().size());
      for (Corpus.Piece piece : corpus.pieces()) {
        tasks.add(
            runtime.spawn(
                piece.name(),
                () -> {
                  try (Lease<DigestContext> lease = contexts.lease()) {
                    digester.digest(piece, lease.get());
                  }
                  return null;
                }));
      }
      Runner.await(tasks);
    } finally {
      report = runtime.shutdown(DRAIN, CANCEL);
    }
    Duration took = Duration.ofNanos(System.nanoTime() - begin);

    return new Run(
        NAME,
        took,
        count.totals(),
        digester.results(),
        "",
        new OnHoldfast(runtime.tier(), runtime.workers(), spares.started.get(), leases, report));
  }

  /** Counts the spare workers. */
  private final class Spares implements RuntimeListener {
    private final AtomicInteger started = new AtomicInteger();

    @Override
    public void workerStarted(int worker) {
      if (worker >= workers) {
        started.incrementAndGet();
      }
    }
  }
}
