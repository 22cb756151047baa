// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.machine;

import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Blocks every worker in the operating system, where no interrupt reaches it: in the read of a pipe
 * that nobody writes to.
 *
 * <p>Meanwhile all other work goes on, on spare workers, or in the owned tier on other carriers of
 * the JDK's; a close that gives up names who is blocked, and destroys nothing under them; when the
 * pipes are written to, the close completes by itself.
 */
public final class NativeFaults implements Check {

  /** What is wrong on purpose. */
  public enum Canary {
    /** No spare workers: what is behind the blocked ones waits. */
    NO_SPARES("does not go on"),
    /** A value that is destroyed while its user is blocked. */
    DESTROYED_EARLY("is used after its destructor began");

    private final String seenAs;

    Canary(String seenAs) {
      this.seenAs = seenAs;
    }
  }

  private static final int WORKERS = 2;
  private static final int PIECES = 200;
  private static final int LONG_TIMES = 200;
  private static final Duration BRIEF = Duration.ofMillis(20);

  /** Makes it. */
  public NativeFaults() {}

  @Override
  public String name() {
    return "native";
  }

  @Override
  public List<String> flags() {
    // In the owned tier the tasks' carriers are the JDK's, and nobody stands in for those.
    return List.of("-Xmx512m", "-Djdk.virtualThreadScheduler.parallelism=8");
  }

  @Override
  public Duration atMost(Extent extent) {
    return Duration.ofMinutes(extent.isLong() ? 30 : 5);
  }

  @Override
  public Row run(Extent extent) throws Exception {
    return PerTier.run(
        "native",
        "every worker is blocked in a read",
        extent.isLong() ? LONG_TIMES : 2,
        NativeFaults::once,
        Tier.CARRIER,
        Canary.values(),
        canary -> canary.seenAs);
  }

  private static void once(
      String name, Tier tier, @Nullable Canary canary, Findings findings, Outside outside)
      throws Exception {
    int spares = canary == Canary.NO_SPARES ? 0 : WORKERS + 2;
    Stage stage =
        new Stage(
            name,
            tier,
            builder -> builder.workers(WORKERS).spareWorkers(spares),
            outside,
            findings);
    Path directory = Files.createTempDirectory("pipes");
    List<Path> pipes = new ArrayList<>();
    List<FileOutputStream> writers = new ArrayList<>();
    List<Task<?>> blocked = new ArrayList<>();
    Thread driver = null;
    try {
      for (int i = 0; i < WORKERS + 1; i++) {
        Path pipe = directory.resolve("pipe-" + i);
        make(pipe);
        pipes.add(pipe);
        boolean task = i < WORKERS;
        blocked.add(
            task
                ? stage.spawn("blocked", () -> read(stage, pipe, canary))
                : stage.spawnBlocking("blocked", () -> read(pipe)));
        // This returns when somebody reads: that one is in its read, or about to be.
        writers.add(new FileOutputStream(pipe.toFile()));
      }
      SplittableRandom random = new SplittableRandom();
      Thread driving =
          Thread.ofPlatform().daemon().name("driver").start(() -> stage.load(random, PIECES));
      driver = driving;
      Duration patience = canary == Canary.NO_SPARES ? Duration.ofMillis(500) : Until.LONG;
      boolean goesOn =
          Until.holds(
              patience,
              () -> {
                stage.books.sweep();
                return !driving.isAlive() && stage.books.open() == WORKERS + 1;
              });
      stage.check(goesOn, "other work does not go on while every worker is blocked");
      stage.check(
          blocked.stream().noneMatch(Task::isDone), "a read has returned that had nothing to read");
      if (goesOn) {
        giveUp(stage);
      }
    } finally {
      for (FileOutputStream each : writers) {
        each.write(1);
        each.close();
      }
      for (Path each : pipes) {
        Files.deleteIfExists(each);
      }
      Files.deleteIfExists(directory);
    }
    if (driver != null) {
      driver.join();
    }
    stage.end();
  }

  /** A close that is not waited for to its end. */
  private static void giveUp(Stage stage) {
    ShutdownReport report = stage.runtime.shutdown(BRIEF, BRIEF);
    long tasks = count(report, ShutdownReport.Kind.TASK);
    long jobs = count(report, ShutdownReport.Kind.JOB);
    boolean told = report.phase() == ShutdownPhase.CANCELLING && tasks == WORKERS && jobs == 1;
    stage.check(told, "a close does not name who is blocked, and no others: " + report);
  }

  private static long count(ShutdownReport report, ShutdownReport.Kind kind) {
    return report.holders().stream().filter(each -> each.kind() == kind).count();
  }

  private static Object read(Stage stage, Path pipe, @Nullable Canary canary) throws IOException {
    Value value = stage.locals.shared.ref().get();
    value.touch();
    read(pipe);
    if (canary == Canary.DESTROYED_EARLY) {
      value.close();
    }
    // Destroyed by no close, however late this is.
    return value.touch();
  }

  private static Object read(Path pipe) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(pipe.toFile(), "r")) {
      if (file.read() != 1) {
        throw new IOException("nothing was read from " + pipe);
      }
    }
    return 0;
  }

  private static void make(Path pipe) throws IOException, InterruptedException {
    int exit = new ProcessBuilder("mkfifo", pipe.toString()).inheritIO().start().waitFor();
    if (exit != 0) {
      throw new IOException("mkfifo " + pipe + " exits with " + exit);
    }
  }
}
