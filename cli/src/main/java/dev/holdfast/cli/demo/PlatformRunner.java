// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs the job on a fixed pool of platform threads with a {@link ThreadLocal} that caches the
 * context: one for each thread, which nobody frees when the pool ends.
 */
final class PlatformRunner implements Runner {

  static final String NAME = "platform-pool";

  private final int threads;

  PlatformRunner(int threads) {
    this.threads = threads;
  }

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

    long begin = System.nanoTime();
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> tasks = new ArrayList<>(corpus.pieces().size());
      for (Corpus.Piece piece : corpus.pieces()) {
        tasks.add(executor.submit(() -> digester.digest(piece, contexts.get())));
      }
      Runner.await(tasks);
    }
    Duration took = Duration.ofNanos(System.nanoTime() - begin);

    return new Run(NAME, took, count.totals(), digester.results(), "", /* holdfast= */ null);
  }
}
