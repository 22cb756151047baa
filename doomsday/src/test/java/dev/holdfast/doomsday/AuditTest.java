// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.doomsday.canary.Canary;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How an audit is set up, and what it makes of runtimes that it is given. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class AuditTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  /** Runs each task at once, on the thread that submits it, and owns nothing. */
  private static class Direct implements RuntimeAdapter {
    final List<Setup> setups = new ArrayList<>();
    final List<String> ended = new ArrayList<>();

    @Override
    public String name() {
      return "direct";
    }

    @Override
    public String version() {
      return "1";
    }

    @Override
    public String arming() {
      return "nothing";
    }

    @Override
    public List<String> ways() {
      return List.of("first", "second");
    }

    @Override
    public Optional<String> recipe() {
      return Optional.empty();
    }

    @Override
    public AuditedRuntime start(Setup setup) {
      setups.add(setup);
      return new AuditedRuntime() {
        @Override
        public Reference reference(int slot) {
          throw new UnsupportedOperationException("owns nothing");
        }

        @Override
        public Receipt submit(Work work) {
          throw new RejectedExecutionException("takes nothing");
        }

        @Override
        public Ending shutDown(String way, Duration limit) {
          synchronized (ended) {
            ended.add(way);
          }
          return Ending.COMPLETE;
        }
      };
    }
  }

  @Test
  @DisplayName("each round ends a runtime of its own in each way")
  void everyWayIsPlayedInEachRound() throws Exception {
    Direct direct = new Direct();
    List<Scenario> watched = new ArrayList<>();
    ScenarioResult result =
        Doomsday.of(direct).rounds(3).limits(LONG, LONG).watch(watched::add).run(Scenario.IDLE);
    assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.SAFE);
    assertThat(result.rounds()).isEqualTo(3);
    assertThat(direct.ended)
        .containsExactly("first", "second", "first", "second", "first", "second");
    assertThat(direct.setups).hasSize(6);
    assertThat(watched).hasSize(6).containsOnly(Scenario.IDLE);
  }

  @Test
  @DisplayName("no round begins once the budget is spent, and one is played in any case")
  void aBudgetIsKept() throws Exception {
    Direct direct = new Direct();
    ScenarioResult result =
        Doomsday.of(direct).rounds(1_000).budget(Duration.ofNanos(1)).run(Scenario.IDLE);
    assertThat(result.rounds()).isEqualTo(1);
    assertThat(direct.ended).containsExactly("first", "second");
  }

  @Test
  @DisplayName("the choices of a round come from its seed")
  void aSeedPlaysTheSameRoundAgain() throws Exception {
    Direct once = new Direct();
    Direct again = new Direct();
    Direct others = new Direct();
    Doomsday.of(once).rounds(4).seed(11).run(Scenario.IDLE);
    Doomsday.of(again).rounds(4).seed(11).run(Scenario.IDLE);
    Doomsday.of(others).rounds(4).seed(1_000).run(Scenario.IDLE);
    assertThat(seeds(again)).isEqualTo(seeds(once));
    assertThat(seeds(others)).doesNotContainAnyElementsOf(seeds(once));
    Direct third = new Direct();
    Doomsday.of(third).rounds(1).seed(13).run(Scenario.IDLE);
    assertThat(seeds(third)).isEqualTo(seeds(once).subList(4, 6));
  }

  private static List<Long> seeds(Direct direct) {
    return direct.setups.stream().map(Setup::seed).toList();
  }

  @Test
  @DisplayName(
      "what the adapter leaves out is not played, nor is the exit of a JVM without a recipe")
  void whatDoesNotApplyIsLeftOut() {
    Direct direct =
        new Direct() {
          @Override
          public Map<Scenario, String> leftOut() {
            return Map.of(Scenario.TIMERS, "it has none");
          }
        };
    assertThat(Doomsday.of(direct).scenarios())
        .doesNotContain(Scenario.TIMERS, Scenario.JVM_EXIT)
        .contains(Scenario.FOREIGN_HOLDER)
        .hasSize(Scenario.values().length - 2);
    assertThat(Doomsday.of(direct).scenarios(Scenario.TIMERS, Scenario.IDLE).scenarios())
        .containsExactly(Scenario.IDLE);
  }

  @Test
  @DisplayName("a runtime that cannot be started, or has no values, is no verdict but a mistake")
  void whatCannotBeSetUpIsSaid() {
    Direct unstartable =
        new Direct() {
          @Override
          public AuditedRuntime start(Setup setup) {
            throw new IllegalStateException("no thread could be had");
          }
        };
    assertThatThrownBy(() -> Doomsday.of(unstartable).run(Scenario.BUSY))
        .isInstanceOf(AuditSetupException.class)
        .hasMessageContaining("direct could not be started")
        .hasMessageContaining("no thread could be had");
    Direct poor =
        new Direct() {
          @Override
          public AuditedRuntime start(Setup setup) {
            return new AuditedExecutor(
                Executors.newCachedThreadPool(),
                slot -> {
                  throw new IllegalStateException("the JVM does not open java.lang");
                });
          }

          @Override
          public List<String> ways() {
            return List.of(AuditedExecutor.SHUTDOWN);
          }
        };
    assertThatThrownBy(() -> Doomsday.of(poor).run(Scenario.IDLE))
        .isInstanceOf(AuditSetupException.class)
        .hasMessageContaining("although nobody had ended it")
        .hasMessageContaining("does not open java.lang");
  }

  @Test
  @DisplayName(
      "the call that ends a runtime may break down: the values that are left are the verdict")
  void aBreakdownIsAVerdict() throws Exception {
    Direct direct =
        new Direct() {
          @Override
          public AuditedRuntime start(Setup setup) {
            ThreadValues values = new ThreadValues(setup.armory());
            return new AuditedExecutor(
                Executors.newCachedThreadPool(values.wrap(Thread.ofPlatform().factory())),
                values::reference) {
              @Override
              public Ending shutDown(String way, Duration limit) {
                throw new IllegalStateException("cannot be ended");
              }
            };
          }
        };
    ScenarioResult result =
        Doomsday.of(direct).limits(LONG, Duration.ofMillis(200)).run(Scenario.IDLE);
    assertThat(result.verdict()).isEqualTo(Verdict.NOT_DESTROYED);
    assertThat(result.rounds()).isEqualTo(1);
    assertThat(result.evidence().orElseThrow().what())
        .contains("first threw java.lang.IllegalStateException: cannot be ended");
  }

  @Test
  @DisplayName("a task that the runtime has the auditor run does not stop the audit")
  void callerRuns() throws Exception {
    ScenarioResult result =
        Doomsday.of(
                RuntimeAdapter.of(
                    "caller-runs",
                    threads ->
                        new ThreadPoolExecutor(
                            1,
                            1,
                            1,
                            TimeUnit.MINUTES,
                            new SynchronousQueue<>(),
                            threads,
                            new ThreadPoolExecutor.CallerRunsPolicy())))
            .rounds(3)
            .limits(LONG, Duration.ofMillis(200))
            .run(Scenario.PARKED);
    // What the auditor's thread was made to own nobody ends.
    assertThat(result.verdict()).isEqualTo(Verdict.NOT_DESTROYED);
  }

  /** Has the fault of one canary in its first round, and of another in all others. */
  private static final class GettingWorse extends Direct {
    private final Iterator<String> faults;

    GettingWorse(String... faults) {
      this.faults = List.of(faults).iterator();
    }

    @Override
    public List<String> ways() {
      return List.of("stop");
    }

    @Override
    public AuditedRuntime start(Setup setup) {
      String fault = faults.next();
      for (Canary canary : Canary.all()) {
        if (canary.name().equals(fault)) {
          return canary.start(setup);
        }
      }
      throw new AssertionError("there is no " + fault);
    }
  }

  @Test
  @DisplayName("the verdict is the worst of all rounds, not the first that is found")
  void goesOnToTheWorst() throws Exception {
    ScenarioResult result =
        Doomsday.of(
                new GettingWorse(
                    "canary-wrong-thread", "canary-wrong-order", "canary-early-destroy"))
            .rounds(3)
            .seed(7)
            .limits(LONG, Duration.ofMillis(300))
            .run(Scenario.PARKED);
    assertThat(result.verdict()).as(result.toString()).isEqualTo(Verdict.USE_AFTER_DESTROY);
    assertThat(result.findings()).hasSize(1);
    assertThat(result.evidence().orElseThrow().seed()).isEqualTo(9);
    assertThat(result.rounds()).isEqualTo(3);
  }

  @Test
  @DisplayName("what cannot be played is refused, with the value")
  void nonsenseIsRefused() {
    Doomsday audit = Doomsday.of(new Direct());
    assertThatThrownBy(() -> audit.rounds(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0");
    assertThatThrownBy(() -> audit.budget(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("PT-0.001S");
    assertThatThrownBy(() -> audit.limits(Duration.ZERO, LONG))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("PT0S");
    assertThatThrownBy(() -> audit.scenarios(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one");
    assertThatThrownBy(() ->
            Doomsday.of(
                new Direct() {
                  @Override
                  public List<String> ways() {
                    return List.of();
                  }
                }))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("direct");
  }

  @Test
  @DisplayName(
      "threads of a pool that end one by one are found, by a factory and by the JVM's hook")
  void aPoolOfTheJdkIsFoundOut() throws Exception {
    RuntimeAdapter byFactory =
        RuntimeAdapter.of("pool", threads -> Executors.newFixedThreadPool(4, threads));
    RuntimeAdapter byItself = RuntimeAdapter.of("pool", () -> Executors.newFixedThreadPool(4));
    for (RuntimeAdapter adapter : List.of(byFactory, byItself)) {
      ScenarioResult result =
          Doomsday.of(adapter).limits(LONG, Duration.ofSeconds(5)).run(Scenario.DEAF);
      assertThat(result.verdict())
          .as(adapter.arming() + ": " + result)
          .isEqualTo(Verdict.USE_AFTER_DESTROY);
      Finding found = result.evidence().orElseThrow();
      assertThat(found.stacks()).containsKeys("use", "destruction");
    }
  }

  @Test
  @DisplayName("an assertion fails with the evidence, and passes on what was expected")
  void assertionsTellTheEvidence() {
    Finding finding =
        new Finding(
            Verdict.HANG,
            "it did not return",
            "close",
            5,
            Map.of("closer", List.of(new StackTraceElement("Pool", "close", "Pool.java", 12))));
    ScenarioResult unsafe = new ScenarioResult("pool", "1", Scenario.IDLE, 1, List.of(finding));
    ScenarioResult safe = new ScenarioResult("pool", "1", Scenario.BUSY, 20, List.of());
    unsafe.assertVerdict(Verdict.HANG);
    safe.assertSafe();
    new AuditReport(List.of(safe)).assertSafe();
    assertThatThrownBy(unsafe::assertSafe)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("pool")
        .hasMessageContaining("idle")
        .hasMessageContaining("HANG: it did not return")
        .hasMessageContaining("ended by close, seed 5")
        .hasMessageContaining("at Pool.close(Pool.java:12)");
    assertThatThrownBy(() -> safe.assertVerdict(Verdict.HANG))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("SAFE in 20 rounds");
    assertThatThrownBy(() -> new AuditReport(List.of(safe, unsafe)).assertSafe())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("HANG")
        .hasMessageNotContaining("busy");
  }

  @Test
  @DisplayName("of several findings the worst is the verdict")
  void theWorstIsTheVerdict() {
    Finding early = new Finding(Verdict.EARLY_RETURN, "early", "a", 1, Map.of());
    Finding late = new Finding(Verdict.USE_AFTER_DESTROY, "late", "b", 2, Map.of());
    ScenarioResult result = new ScenarioResult("pool", "1", Scenario.IDLE, 1, List.of(early, late));
    assertThat(result.verdict()).isEqualTo(Verdict.USE_AFTER_DESTROY);
    assertThat(result.findings()).containsExactly(late, early);
  }
}
