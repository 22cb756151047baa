// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import dev.holdfast.cli.doctor.Examination.Finding;
import dev.holdfast.cli.doctor.Examination.Tried;
import dev.holdfast.cli.doctor.Launcher.Told;
import dev.holdfast.runtime.TierSupport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Has each probe run in a JVM of its own, a few at a time. */
final class Examiner {

  private static final int AT_ONCE = 4;

  private final Installation here;
  private final Launcher launcher;

  Examiner(Installation here, Launcher launcher) {
    this.here = here;
    this.launcher = launcher;
  }

  Examination examine() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("holdfast-doctor");
    ExecutorService pool =
        Executors.newFixedThreadPool(
            Math.clamp(Runtime.getRuntime().availableProcessors(), 1, AT_ONCE));
    try {
      List<Start> starts = Start.all(here, directory);
      List<Future<Told>> told = new ArrayList<>();
      for (Start start : starts) {
        told.add(pool.submit(() -> start.untried() == null ? told(start.words()) : NOTHING));
      }
      Future<Told> exit = pool.submit(() -> told(withFlag(ExitProbe.class)));
      Future<Told> daemon = pool.submit(() -> told(withFlag(DaemonProbe.class)));
      List<Tried> tried = new ArrayList<>();
      for (int i = 0; i < starts.size(); i++) {
        tried.add(tried(starts.get(i), get(told.get(i))));
      }
      List<Finding> findings = new ArrayList<>(ofExit(get(exit)));
      findings.addAll(ofDaemon(get(daemon)));
      return new Examination(TierSupport.ofThisJvm(), List.copyOf(tried), List.copyOf(findings));
    } finally {
      // Whatever still runs is of no use any more.
      pool.shutdownNow();
      pool.close();
      delete(directory);
    }
  }

  private static final Told NOTHING = new Told(Map.of(), null);

  private Told told(List<String> words) throws InterruptedException {
    try {
      return launcher.launch(words);
    } catch (IOException e) {
      return new Told(Map.of(), "no JVM could be started: " + e.getMessage());
    }
  }

  private static Told get(Future<Told> told) throws InterruptedException {
    try {
      return told.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a probe could not be run", e.getCause());
    }
  }

  private List<String> withFlag(Class<?> probe) {
    return List.of(
        "--add-opens", "java.base/java.lang=ALL-UNNAMED", "-cp", here.classPath(), probe.getName());
  }

  private static Tried tried(Start start, Told told) {
    String tier = told.facts().get("tier");
    String failure = told.failure();
    if (failure == null && tier == null && start.untried() == null) {
      failure = "the JVM ended without a word of its tier";
    }
    return new Tried(
        start,
        failure == null ? tier : null,
        told.isSo("hook"),
        told.facts().get("missing"),
        failure);
  }

  private static List<Finding> ofExit(Told told) {
    return Stream.of(
            finding(told, "joinWaits", "Thread.join returns after the thread's destructors"),
            finding(told, "lastMadeFirst", "a thread's values are destroyed last made first"),
            finding(
                told, "threadWhole", "a destructor finds its thread alive, with its ThreadLocals"),
            finding(told, "threadStarts", "while a destructor blocks, a thread can start"),
            finding(told, "classLoads", "while a destructor blocks, a class can be loaded"),
            finding(told, "collectorRuns", "while a destructor blocks, the collector can run"),
            finding(
                told,
                "hookIsRegistered",
                "while a destructor blocks, a shutdown hook can be registered"))
        .toList();
  }

  private static List<Finding> ofDaemon(Told told) {
    List<String> order = List.copyOf(told.facts().keySet());
    boolean ended = told.failure() == null && order.contains("returned");
    int main = order.indexOf("destroyed-main");
    return List.of(
        seen(
            told,
            ended,
            "mainBeforeHooks",
            "when main returns, its values are destroyed, before the shutdown hooks",
            main >= 0 && main < order.indexOf("hook")),
        seen(
            told,
            ended,
            "endedDaemons",
            "values of a daemon thread that has ended were destroyed",
            order.contains("destroyed-ended")),
        seen(
            told,
            ended,
            "runningDaemons",
            "values of a daemon thread that runs at the exit are destroyed",
            order.contains("destroyed-running")));
  }

  private static Finding finding(Told told, String name, String sentence) {
    Boolean answer = told.isSo(name);
    return answer == null
        ? unseen(told, name, sentence)
        : new Finding(name, sentence, answer, null);
  }

  private static Finding seen(
      Told told, boolean ended, String name, String sentence, boolean answer) {
    return ended ? new Finding(name, sentence, answer, null) : unseen(told, name, sentence);
  }

  private static Finding unseen(Told told, String name, String sentence) {
    @Nullable String failure = told.failure();
    return new Finding(
        name, sentence, null, failure == null ? "the JVM ended without a word of it" : failure);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }
}
