// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.Guard;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;

/** What tests with {@link RuntimeTest} do, and that each of their checks sees what it is for. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RuntimeTestExtensionTest {

  private static String onlyFailure(Class<?> tests) {
    List<Throwable> failures = Engine.failures(Engine.run(tests));
    assertThat(failures).hasSize(1);
    return failures.getFirst().getMessage();
  }

  static final class InEachTier {
    static final List<String> seen = Collections.synchronizedList(new ArrayList<>());
    static final List<WorkerRuntime> runtimes = Collections.synchronizedList(new ArrayList<>());
    static final WorkerLocal<Object> local = WorkerLocal.of(Object::new);

    @BeforeEach
    void before(WorkerRuntime runtime) {
      runtimes.add(runtime);
    }

    @RuntimeTest(workers = {1, 3})
    void usesIt(WorkerRuntime runtime) throws Exception {
      assertThat(runtime).isSameAs(runtimes.getLast());
      seen.add(runtime.tier() + " " + runtime.workers());
      runtime.run(() -> {
        local.update(any -> {});
        return null;
      });
    }

    @AfterEach
    void after(WorkerRuntime runtime) {
      assertThat(runtime.phase()).isEqualTo(ShutdownPhase.RUNNING);
    }
  }

  static final class WithTooManySpares {
    @RuntimeTest(tiers = Tier.OWNED, spareWorkers = 2_000)
    void isNotRun(WorkerRuntime runtime) {
      throw new AssertionError(runtime);
    }
  }

  @Test
  @DisplayName("the number of spare workers is the runtime's, which refuses too many")
  void handsOnTheNumberOfSpareWorkers() {
    EngineExecutionResults results = Engine.run(WithTooManySpares.class);
    assertThat(
            results.testEvents().failed().stream()
                .map(event ->
                    event
                        .getRequiredPayload(TestExecutionResult.class)
                        .getThrowable()
                        .orElseThrow()))
        .singleElement()
        .satisfies(failure ->
            assertThat(failure)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2000"));
  }

  @Test
  @DisplayName("there is a test for each tier and number of workers, each with its own runtime")
  void runsInEachTier() {
    EngineExecutionResults results = Engine.run(InEachTier.class);
    results.testEvents().assertStatistics(statistics -> statistics.started(4).succeeded(4));
    assertThat(InEachTier.seen).containsExactly("CARRIER 1", "CARRIER 3", "OWNED 1", "OWNED 3");
    assertThat(InEachTier.runtimes).doesNotHaveDuplicates();
    assertThat(InEachTier.runtimes).allMatch(each -> each.phase() == ShutdownPhase.TERMINATED);
    assertThat(results.testEvents().started().stream())
        .extracting(event -> event.getTestDescriptor().getDisplayName())
        .containsExactly(
            "carrier tier, 1 worker",
            "carrier tier, 3 workers",
            "owned tier, 1 worker",
            "owned tier, 3 workers");
  }

  static final class LeavesALease {
    static final WorkerLocal<Object> local = WorkerLocal.builder(Object::new).name("codec").build();

    @RuntimeTest(tiers = Tier.CARRIER)
    void leaks(WorkerRuntime runtime) {
      runtime.spawn("careless", local::lease).join();
    }
  }

  @Test
  @DisplayName("a lease that a task left open fails the test, with its local and its task")
  void seesALease() {
    assertThat(onlyFailure(LeavesALease.class))
        .contains("carrier tier, 2 workers")
        .contains("left open: LEASE 'codec' of task 'careless'");
  }

  static final class LeavesAGuard {
    static final WorkerLocal<Object> local = WorkerLocal.builder(Object::new).name("codec").build();
    static volatile Guard<Object> kept;

    @RuntimeTest(tiers = Tier.OWNED, deadlineSeconds = 1)
    void leaks(WorkerRuntime runtime) {
      kept = runtime.spawn(local::guard).join();
    }
  }

  @Test
  @DisplayName("a guard that is open holds the close, and is named")
  void seesAGuard() {
    try {
      assertThat(onlyFailure(LeavesAGuard.class))
          .contains("owned tier")
          .contains("the close has come to CANCELLING only, within PT1S")
          .contains("still alive: GUARD 'codec'");
    } finally {
      LeavesAGuard.kept.close();
    }
  }

  static final class LeavesATask {
    static final CountDownLatch interrupted = new CountDownLatch(1);

    @RuntimeTest(tiers = Tier.CARRIER, deadlineSeconds = 1)
    void leaks(WorkerRuntime runtime) {
      runtime.spawn(
          "endless",
          () -> {
            while (!Thread.currentThread().isInterrupted()) {
              LockSupport.park();
            }
            interrupted.countDown();
            return null;
          });
    }
  }

  @Test
  @DisplayName("a task that does not end by itself is named, and then interrupted")
  void seesATask() throws InterruptedException {
    assertThat(onlyFailure(LeavesATask.class))
        .contains("the close has come to CANCELLING only")
        .contains("still alive: TASK 'endless'")
        .contains("RuntimeTestExtensionTest");
    LeavesATask.interrupted.await();
  }

  static final class HasABadDestructor {
    static final WorkerLocal<Object> local =
        WorkerLocal.builder(Object::new)
            .name("codec")
            .destructor(any -> {
              throw new IllegalStateException("cannot be closed");
            })
            .build();

    @RuntimeTest(tiers = Tier.CARRIER)
    void fails(WorkerRuntime runtime) throws Exception {
      runtime.run(() -> {
        local.update(any -> {});
        return null;
      });
    }
  }

  @Test
  @DisplayName("a destructor that throws fails the test, with what it threw")
  void seesADestructor() {
    List<Throwable> failures = Engine.failures(Engine.run(HasABadDestructor.class));
    assertThat(failures).hasSize(1);
    assertThat(failures.getFirst())
        .hasMessageContaining("failed: DESTRUCTOR 'codec'")
        .hasMessageContaining("cannot be closed");
    assertThat(failures.getFirst().getSuppressed()).hasSize(1);
  }

  static final class ThrowsWhereNobodyWaits {
    @RuntimeTest(tiers = Tier.CARRIER)
    void fails(WorkerRuntime runtime) {
      runtime.execute(() -> {
        throw new IllegalStateException("unheard");
      });
    }
  }

  @Test
  @DisplayName("what is thrown and nobody waits for fails the test")
  void seesWhatIsUncaught() {
    assertThat(onlyFailure(ThrowsWhereNobodyWaits.class))
        .contains("thrown, and nobody waits for it: java.lang.IllegalStateException: unheard");
  }

  static final class LeavesAThread {
    static final CountDownLatch end = new CountDownLatch(1);

    @RuntimeTest(tiers = Tier.CARRIER)
    void leaves(WorkerRuntime runtime) {
      Thread.ofPlatform()
          .name(runtime.name() + "-helper")
          .daemon()
          .start(() -> {
            try {
              end.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
  }

  @Test
  @DisplayName("a thread of the runtime's name that is left fails the test")
  void seesAThread() {
    try {
      assertThat(onlyFailure(LeavesAThread.class))
          .contains("its thread is alive: Thread[")
          .contains("-helper");
    } finally {
      LeavesAThread.end.countDown();
    }
  }

  @Test
  @DisplayName("a value that was not destroyed is a finding, though the runtime says it has ended")
  void seesAValue() {
    ShutdownReport report =
        new ShutdownReport(
            ShutdownPhase.TERMINATED,
            Duration.ZERO,
            3,
            2,
            List.of(),
            List.of(),
            List.of(),
            new ShutdownReport.Counts(0, 0, 0, 0),
            ShutdownReport.Unlisted.NONE);
    assertThat(Findings.of(report, List.of(), Duration.ofSeconds(1), List.of(), List.of()))
        .containsExactly("not all values were destroyed: 3 were made, 2 destroyed");
  }

  static final class FailsByItself {
    @RuntimeTest(tiers = Tier.CARRIER)
    void fails(WorkerRuntime runtime) {
      runtime.execute(() -> {
        throw new IllegalStateException("unheard");
      });
      throw new IllegalStateException("of the test");
    }
  }

  @Test
  @DisplayName("the failure of the test comes first, what its runtime says with it")
  void keepsTheTestsFailure() {
    List<Throwable> failures = Engine.failures(Engine.run(FailsByItself.class));
    assertThat(failures).hasSize(1);
    assertThat(failures.getFirst()).hasMessage("of the test");
    assertThat(failures.getFirst().getSuppressed()).singleElement().asString().contains("unheard");
  }

  static final class OfNoTier {
    @RuntimeTest(tiers = {})
    void isNowhere() {}
  }

  @Test
  @DisplayName("a test without a tier says so")
  void misuseIsNamed() {
    assertThat(onlyFailure(OfNoTier.class)).contains("needs a tier");
  }
}
