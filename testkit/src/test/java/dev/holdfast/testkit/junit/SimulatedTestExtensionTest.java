// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testkit.SimulatedRuntime;
import dev.holdfast.testkit.SimulationFailure;
import dev.holdfast.testkit.SimulationFailure.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** What tests with {@link SimulatedTest} do, and what they say when they fail. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SimulatedTestExtensionTest {

  private static SimulationFailure onlyFailure(Class<?> tests) {
    List<Throwable> failures = Engine.failures(Engine.run(tests));
    assertThat(failures).hasSize(1);
    assertThat(failures.getFirst()).isInstanceOf(SimulationFailure.class);
    return (SimulationFailure) failures.getFirst();
  }

  /** A counter that loses updates, and two that use it. */
  private static void loseAnUpdate(WorkerRuntime runtime) {
    int[] count = new int[1];
    List<Task<Integer>> tasks = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      tasks.add(
          runtime.spawn(() -> {
            int before = count[0];
            SimulatedRuntime.yieldPoint();
            return count[0] = before + 1;
          }));
    }
    tasks.forEach(Task::join);
    assertThat(count[0]).isEqualTo(2);
  }

  static final class OfALostUpdate {
    @SimulatedTest
    void counts(WorkerRuntime runtime) {
      loseAnUpdate(runtime);
    }
  }

  @Test
  @DisplayName("a run that fails ends the test, with the seed, the trace, and how to have it again")
  void saysHowToReplay() {
    SimulationFailure found = onlyFailure(OfALostUpdate.class);
    assertThat(found.kind()).isEqualTo(Kind.BODY);
    assertThat(found)
        .hasMessageStartingWith(
            "to have this run again: @SimulatedTest(seed = " + found.seed() + "L)\n")
        .hasMessageContaining("BODY with seed " + found.seed())
        .hasMessageContaining("replay it with the schedule " + found.schedule())
        .hasMessageContaining("worker-0")
        .hasMessageContaining("yields at dev.holdfast.testkit.junit.SimulatedTestExtensionTest.");
    assertThat(found.getCause()).isInstanceOf(AssertionError.class);
  }

  /** Every run fails, and says which seed it had: the one of the annotation. */
  static final class OfOneSeed {
    @SimulatedTest(seed = 4711, workers = 3, strategy = "priorities(2)")
    void fails(WorkerRuntime runtime) {
      assertThat(runtime.workers()).isEqualTo(3);
      runtime.spawn(() -> null).join();
      throw new IllegalStateException("always");
    }
  }

  @Test
  @DisplayName("the seed of the annotation is the one that is run, with workers and strategy")
  void takesASeed() {
    SimulationFailure found = onlyFailure(OfOneSeed.class);
    assertThat(found.seed()).isEqualTo(4711);
    assertThat(found)
        .hasMessageStartingWith(
            "to have this run again: @SimulatedTest(seed = 4711L, strategy = \"priorities(2)\","
                + " workers = 3)")
        .hasMessageContaining("priorities(2), played again, 3 workers");
  }

  static final class OfEverySchedule {
    @SimulatedTest(strategy = "exhaustive(1)", workers = 1)
    void counts(WorkerRuntime runtime) {
      loseAnUpdate(runtime);
    }
  }

  @Test
  @DisplayName("what a strategy without seeds finds is to be had again by its schedule")
  void saysTheSchedule() {
    Matcher schedule =
        Pattern.compile("schedule = \"(.+?)\"")
            .matcher(onlyFailure(OfEverySchedule.class).getMessage());
    assertThat(schedule.find()).isTrue();
    assertThat(schedule.group(1)).isEqualTo(OfASchedule.SCHEDULE);
    SimulationFailure again = onlyFailure(OfASchedule.class);
    assertThat(again.kind()).isEqualTo(Kind.BODY);
    assertThat(again.schedule()).hasToString(OfASchedule.SCHEDULE);
  }

  static final class OfASchedule {
    static final String SCHEDULE = "00111";

    @SimulatedTest(schedule = SCHEDULE, workers = 1)
    void counts(WorkerRuntime runtime) {
      loseAnUpdate(runtime);
    }
  }

  /** Each run counts in fields; with an instance for all runs the second one would fail. */
  static final class OfFreshInstances {
    static final AtomicInteger runs = new AtomicInteger();
    static final AtomicInteger befores = new AtomicInteger();
    static final AtomicInteger afters = new AtomicInteger();

    int uses;

    @BeforeEach
    void before(WorkerRuntime runtime) {
      assertThat(runtime).isNotNull();
      assertThat(SimulatedRuntime.isSimulated()).isTrue();
      befores.incrementAndGet();
      uses++;
    }

    @Nested
    final class Inside {
      int innerUses;

      @BeforeEach
      void before() {
        innerUses = uses;
      }

      @SimulatedTest(seeds = 50)
      void isNew(WorkerRuntime runtime) {
        assertThat(innerUses).isEqualTo(1);
        assertThat(SimulatedRuntime.isSimulated()).isTrue();
        uses++;
        runs.incrementAndGet();
      }
    }

    @AfterEach
    void after() {
      assertThat(uses).isEqualTo(2);
      afters.incrementAndGet();
    }
  }

  @Test
  @DisplayName("each run has instances of its own, with what is called before and after")
  void makesInstances() {
    EngineExecutionResults results = Engine.run(OfFreshInstances.class);
    assertThat(Engine.failures(results)).isEmpty();
    results.testEvents().assertStatistics(statistics -> statistics.started(1).succeeded(1));
    assertThat(OfFreshInstances.runs).hasValue(50);
    assertThat(OfFreshInstances.befores).hasValue(50);
    assertThat(OfFreshInstances.afters).hasValue(50);
  }

  static final class OfManySeeds {
    static final AtomicInteger runs = new AtomicInteger();

    @SimulatedTest
    void counts() {
      runs.incrementAndGet();
    }
  }

  @Test
  @DisplayName("the number of runs of all tests is set by a parameter")
  void takesTheNumberOfRuns() {
    Engine.run(OfManySeeds.class).testEvents().assertStatistics(all -> all.succeeded(1));
    assertThat(OfManySeeds.runs).hasValue(1_000);
    EngineExecutionResults results =
        Engine.run(OfManySeeds.class, "holdfast.simulation.seeds", "20");
    results.testEvents().assertStatistics(all -> all.succeeded(1));
    assertThat(OfManySeeds.runs).hasValue(1_020);
    assertThat(Engine.failures(Engine.run(OfManySeeds.class, "holdfast.simulation.seeds", "all")))
        .singleElement()
        .asString()
        .contains("must be the number of runs, not 'all'");
  }

  static final class OfWhatFailsAfterwards {
    @SimulatedTest(seeds = 5)
    void passes() {}

    @AfterEach
    void fails() {
      throw new IllegalStateException("afterwards");
    }
  }

  @Test
  @DisplayName("what fails after the method fails the test")
  void seesWhatComesAfter() {
    assertThat(onlyFailure(OfWhatFailsAfterwards.class)).hasMessageContaining("afterwards");
  }

  static final class OfAnAssumption {
    @SimulatedTest
    void isAborted() {
      Assumptions.abort("not here");
    }
  }

  @Test
  @DisplayName("an assumption that does not hold aborts the test")
  void isAborted() {
    Engine.run(OfAnAssumption.class)
        .testEvents()
        .assertStatistics(statistics -> statistics.started(1).aborted(1).failed(0));
  }

  static final class OfWhatIsTolerated {
    @SimulatedTest(seeds = 5, tolerate = Kind.TASK)
    void hasATaskThatThrows(WorkerRuntime runtime) {
      runtime.spawn(() -> {
        throw new IllegalStateException("on purpose");
      });
    }
  }

  @Test
  @DisplayName("what is tolerated does not fail the test")
  void tolerates() {
    assertThat(Engine.failures(Engine.run(OfWhatIsTolerated.class))).isEmpty();
  }

  static final class OfAnUnknownStrategy {
    @SimulatedTest(strategy = "luck")
    void isNot() {}
  }

  static final class OfTooMuch {
    @SimulatedTest(seed = 1, schedule = "01")
    void isNot() {}
  }

  @Test
  @DisplayName("a strategy that there is not, and a seed beside a schedule, are named")
  void misuseIsNamed() {
    assertThat(Engine.failures(Engine.run(OfAnUnknownStrategy.class)))
        .singleElement()
        .asString()
        .contains("no strategy: 'luck'");
    assertThat(Engine.failures(Engine.run(OfTooMuch.class)))
        .singleElement()
        .asString()
        .contains("both a seed and the schedule 01");
  }
}
