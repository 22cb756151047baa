// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import dev.holdfast.cli.demo.Runner.OnHoldfast;
import dev.holdfast.cli.demo.Runner.Run;
import dev.holdfast.shutdown.ShutdownReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * Runs the job once on each runner, one after the other, and judges what came out.
 *
 * <p>So that the first one does not pay for all, a first pass that is not timed reads every file,
 * which fills the page cache, and digests some, which compiles the code. The garbage that one
 * runner leaves is collected before the next one begins.
 */
final class Demo {

  private static final long DIGESTED_AT_FIRST = 32L << 20;

  private final List<Runner> runners;
  private final Progress progress;

  Demo(List<Runner> runners, Progress progress) {
    this.runners = List.copyOf(runners);
    this.progress = progress;
  }

  /**
   * What came out.
   *
   * @param corpus what was digested
   * @param runs each runner's run
   * @param comparison what they found, file by file
   * @param violations what must hold and did not, a sentence each
   */
  record Outcome(Corpus corpus, List<Run> runs, Comparison comparison, List<String> violations) {

    Outcome {
      runs = List.copyOf(runs);
      violations = List.copyOf(violations);
    }

    boolean good() {
      return comparison.agree() && violations.isEmpty();
    }
  }

  /** Thrown when a runner could not do the job; the message is one sentence. */
  static final class RunnerFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    RunnerFailedException(String runner, Throwable cause) {
      super("the runner " + runner + " failed: " + cause, cause);
    }
  }

  Outcome run(Corpus corpus) throws RunnerFailedException, InterruptedException {
    warmUp(corpus);
    List<Run> runs = new ArrayList<>(runners.size());
    List<String> violations = new ArrayList<>();
    for (Runner runner : runners) {
      System.gc();
      progress.begin(runner.name(), corpus.bytes());
      try {
        Run run = runner.run(corpus, progress);
        runs.add(run);
        violations.addAll(violations(run));
      } catch (ExecutionException e) {
        throw new RunnerFailedException(runner.name(), e.getCause() == null ? e : e.getCause());
      } catch (IllegalStateException | OutOfMemoryError e) {
        throw new RunnerFailedException(runner.name(), e);
      } finally {
        progress.end();
      }
    }
    return new Outcome(corpus, runs, Comparison.of(corpus, runs), violations);
  }

  private void warmUp(Corpus corpus) {
    progress.begin("first pass", corpus.bytes());
    ContextCount count = new ContextCount();
    try (DigestContext context = DigestContext.owned(count)) {
      FileDigester digester = new FileDigester(corpus, progress);
      ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
      long digested = 0;
      for (Corpus.Piece piece : corpus.pieces()) {
        if (digested < DIGESTED_AT_FIRST) {
          digester.digest(piece, context);
          digested += piece.length();
        } else {
          read(corpus, piece, buffer);
        }
      }
    } finally {
      progress.end();
    }
  }

  private void read(Corpus corpus, Corpus.Piece piece, ByteBuffer buffer) {
    try (FileChannel channel =
        FileChannel.open(
            corpus.files().get(piece.file()).path(),
            StandardOpenOption.READ,
            LinkOption.NOFOLLOW_LINKS)) {
      long end = piece.offset() + piece.length();
      for (long position = piece.offset(); position < end; ) {
        int read = channel.read(buffer.clear(), position);
        if (read < 0) {
          return;
        }
        position += read;
        progress.advance(read);
      }
    } catch (IOException e) {
      // The runners meet it again and report it.
      return;
    }
  }

  /** Says what a run should have kept to and did not. */
  static List<String> violations(Run run) {
    List<String> found = new ArrayList<>();
    ContextCount.Totals contexts = run.contexts();
    if (contexts.doublyFreed() > 0) {
      found.add(run.name() + " freed " + contexts.doublyFreed() + " contexts twice");
    }
    OnHoldfast holdfast = run.holdfast();
    if (holdfast == null) {
      return found;
    }
    if (contexts.made() != contexts.freed()) {
      found.add(
          run.name() + " made " + contexts.made() + " contexts and freed " + contexts.freed());
    }
    if (contexts.made() > holdfast.bound()) {
      found.add(
          run.name()
              + " made "
              + contexts.made()
              + " contexts, more than the bound of "
              + holdfast.boundInWords());
    }
    ShutdownReport shutdown = holdfast.shutdown();
    if (!shutdown.terminated()) {
      found.add(run.name() + " did not terminate: " + shutdown);
    } else if (shutdown.destroyed() != contexts.freed()) {
      found.add(
          run.name()
              + " reports "
              + shutdown.destroyed()
              + " values destroyed, while "
              + contexts.freed()
              + " contexts were freed");
    }
    if (!shutdown.failures().isEmpty()) {
      found.add(
          run.name()
              + " had "
              + shutdown.failures().size()
              + " failures, the first one "
              + shutdown.failures().getFirst());
    }
    return found;
  }
}
