// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import dev.holdfast.runtime.Tier;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A way to run the job: one task for each piece, a digest context for each from where it keeps
 * them.
 */
interface Runner {

  /** The name it is chosen by. */
  String name();

  /**
   * Digests all pieces of a corpus, and ends every thread it has started for that.
   *
   * @throws ExecutionException if a task failed otherwise than by a file that cannot be read
   */
  Run run(Corpus corpus, Progress progress) throws ExecutionException, InterruptedException;

  /**
   * What a run came to.
   *
   * @param name the runner's name
   * @param took from before the first thread was started until after the last one had ended
   * @param contexts what was counted of the contexts
   * @param results the result of each file, in the corpus's order
   * @param note what a reader must know of this run, or empty
   * @param holdfast what only a run on Holdfast has
   */
  record Run(
      String name,
      Duration took,
      ContextCount.Totals contexts,
      List<FileResult> results,
      String note,
      @Nullable OnHoldfast holdfast) {

    public Run {
      results = List.copyOf(results);
    }

    /** The same run with other results. */
    Run withResults(List<FileResult> others) {
      return new Run(name, took, contexts, others, note, holdfast);
    }

    /** The files that this run read. */
    long files() {
      return results.stream().filter(FileResult.Digested.class::isInstance).count();
    }

    /** The bytes of the files that this run read. */
    long bytes(Corpus corpus) {
      long bytes = 0;
      for (int i = 0; i < results.size(); i++) {
        bytes += results.get(i) instanceof FileResult.Digested ? corpus.files().get(i).size() : 0;
      }
      return bytes;
    }

    double megabytesPerSecond(Corpus corpus) {
      return took.isZero() ? 0 : bytes(corpus) / 1e6 / (took.toNanos() / 1e9);
    }
  }

  /**
   * What only a run on Holdfast has.
   *
   * @param tier the tier it ran in
   * @param workers the number of workers
   * @param spares the spare workers that were started because a worker was blocked
   * @param leases the most contexts each worker makes for leases
   * @param shutdown what the close reported
   */
  record OnHoldfast(Tier tier, int workers, int spares, int leases, ShutdownReport shutdown) {

    /** The most contexts that may be made, by workers and spare workers together. */
    long bound() {
      return workers * (1L + leases);
    }

    String boundInWords() {
      return "%d = %d workers x (1 + %d leases)".formatted(bound(), workers, leases);
    }
  }

  /** Waits for all tasks. */
  static void await(List<? extends Future<?>> tasks)
      throws ExecutionException, InterruptedException {
    for (Future<?> task : tasks) {
      task.get();
    }
  }
}
