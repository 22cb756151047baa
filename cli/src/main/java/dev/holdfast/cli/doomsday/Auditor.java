// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import dev.holdfast.doomsday.Finding;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Has each runtime audited in JVMs of its own, a few runtimes at a time. */
final class Auditor {

  /**
   * One more than the processors that a small machine has, since audits often wait; many more would
   * slow each other down so much that what is slow looks like what hangs.
   */
  private static final int MOST_AT_ONCE = 3;

  /** JVMs for a scenario of a runtime that can be ended only once in each. */
  private static final int MOST_JVMS = 5;

  private final AuditPlan plan;
  private final AuditProgress progress;

  Auditor(AuditPlan plan, AuditProgress progress) {
    this.plan = plan;
    this.progress = progress;
  }

  List<Audited> audit() throws InterruptedException {
    progress.begin(plan.rounds());
    ExecutorService pool =
        Executors.newFixedThreadPool(
            Math.clamp(Runtime.getRuntime().availableProcessors() + 1, 2, MOST_AT_ONCE));
    try {
      List<Future<Audited>> futures = new ArrayList<>();
      for (RuntimeAdapter runtime : plan.runtimes()) {
        futures.add(pool.submit(() -> audit(runtime)));
      }
      List<Audited> all = new ArrayList<>();
      for (Future<Audited> future : futures) {
        all.add(get(future));
      }
      return all;
    } finally {
      // Whatever still runs is of no use any more; its JVM is ended with its thread.
      pool.shutdownNow();
      pool.close();
    }
  }

  private static Audited get(Future<Audited> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a runtime could not be audited", e.getCause());
    }
  }

  private Audited audit(RuntimeAdapter runtime) throws IOException, InterruptedException {
    long begin = System.nanoTime();
    List<ScenarioResult> results =
        runtime.oncePerJvm() ? inJvmsOfTheirOwn(runtime) : inOneJvm(runtime, plan);
    Audited audited = new Audited(runtime, results, Duration.ofNanos(System.nanoTime() - begin));
    progress.done(audited);
    return audited;
  }

  /** Plays all scenarios in one JVM, or in as many as break down and one more. */
  private static List<ScenarioResult> inOneJvm(RuntimeAdapter runtime, AuditPlan plan)
      throws IOException, InterruptedException {
    List<ScenarioResult> results = Collections.synchronizedList(new ArrayList<>());
    List<Scenario> left = new ArrayList<>(plan.scenarios(runtime));
    while (!left.isEmpty()) {
      AuditJvm.End end = new AuditJvm(runtime, plan).run(List.copyOf(left), results::add);
      if (end.failure() != null) {
        Scenario during = Objects.requireNonNullElse(end.during(), left.getFirst());
        if (results.stream().noneMatch(result -> result.scenario() == during)) {
          results.add(brokenDown(runtime, during, end, plan));
        }
      }
      left.removeIf(scenario -> results.stream().anyMatch(result -> result.scenario() == scenario));
    }
    return List.copyOf(results);
  }

  /** Plays each round of each scenario in a JVM of its own. */
  private List<ScenarioResult> inJvmsOfTheirOwn(RuntimeAdapter runtime)
      throws IOException, InterruptedException {
    List<ScenarioResult> results = new ArrayList<>();
    for (Scenario scenario : plan.scenarios(runtime)) {
      List<Finding> findings = new ArrayList<>();
      int rounds = 0;
      while (rounds < Math.min(plan.rounds(), MOST_JVMS) && findings.isEmpty()) {
        AuditPlan one = plan.of(scenario, plan.seed() + rounds);
        inOneJvm(runtime, one).forEach(result -> findings.addAll(result.findings()));
        rounds++;
      }
      results.add(
          new ScenarioResult(runtime.name(), runtime.version(), scenario, rounds, findings));
    }
    return results;
  }

  /** The verdict on a runtime that took its JVM with it: its values are gone undestroyed. */
  private static ScenarioResult brokenDown(
      RuntimeAdapter runtime, Scenario during, AuditJvm.End end, AuditPlan plan) {
    return new ScenarioResult(
        runtime.name(),
        runtime.version(),
        during,
        1,
        List.of(
            new Finding(
                end.silent() ? Verdict.HANG : Verdict.NOT_DESTROYED,
                String.valueOf(end.failure()),
                String.join(" or ", runtime.ways()),
                plan.seed(),
                Map.of())));
  }
}
