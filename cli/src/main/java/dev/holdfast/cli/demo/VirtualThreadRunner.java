// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * Runs the job on the JDK's virtual threads with a {@link ThreadLocal} that caches the context, as
 * is usual on pooled threads: here each task has a thread of its own and so makes a context of its
 * own, which the garbage collector finds later.
 *
 * <p>Two bounds keep that from using up the machine's memory on a large tree. Tasks in flight: no
 * more than the carriers the JDK would have at most, so that no parallelism is lost. Contexts that
 * the collector has not reclaimed: at the bound the runner asks for a collection and waits, as the
 * JDK itself does at its bound on direct memory.
 */
final class VirtualThreadRunner implements Runner {

  static final String NAME = "virtual-threads";

  static final int IN_FLIGHT = 256;
  static final int UNRECLAIMED = 2048;

  // Each task in flight may still make one.
  private static final int ROOM = UNRECLAIMED - IN_FLIGHT;

  // A collector may be told to ignore the wish; then the run goes on without.
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Run run(Corpus corpus, Progress progress) throws ExecutionException, InterruptedException {
    ContextCount count = new ContextCount();
    FileDigester digester = new FileDigester(corpus, progress);
    @SuppressWarnings("ThreadLocalUsage") // one for each run, which counts its own contexts
    ThreadLocal<DigestContext> contexts =
        ThreadLocal.withInitial(() -> DigestContext.collected(count));

    Semaphore inFlight = new Semaphore(IN_FLIGHT);
    int collections = 0;
    long begin = System.nanoTime();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> tasks = new ArrayList<>(corpus.pieces().size());
      for (Corpus.Piece piece : corpus.pieces()) {
        if (count.live() >= ROOM) {
          collections++;
          System.gc();
          count.awaitLiveBelow(ROOM, PATIENCE);
        }
        inFlight.acquire();
        tasks.add(
            executor.submit(() -> {
              try {
                digester.digest(piece, contexts.get());
              } finally {
                inFlight.release();
              }
            }));
      }
      Runner.await(tasks);
    }
    Duration took = Duration.ofNanos(System.nanoTime() - begin);

    return new Run(
        NAME, took, count.totals(), digester.results(), note(collections), /* holdfast= */ null);
  }

  private static String note(int collections) {
    return String.format(
        Locale.ROOT,
        "at most %,d tasks in flight and %,d contexts not yet reclaimed, or a large tree would use up"
            + " the memory; asked for %,d collections at that bound",
        IN_FLIGHT,
        UNRECLAIMED,
        collections);
  }
}
