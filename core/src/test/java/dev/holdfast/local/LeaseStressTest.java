// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.PlaceTracking;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Many tasks that share few values: they wait, move, give up, are interrupted and forget to close.
 *
 * <p>A value that is given twice has two users at a time; one that is lost leaves its worker's pool
 * short at the end, or a task waiting for ever.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class LeaseStressTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private final Ledger ledger = new Ledger();
  private final LongAdder served = new LongAdder();
  private final LongAdder gaveUp = new LongAdder();
  private final LongAdder forgotten = new LongAdder();

  @ParameterizedTest
  @CsvSource({"1, 1, 40", "2, 1, 100", "2, 2, 100", "4, 1, 200", "4, 3, 200"})
  @DisplayName("Each value is given to one task at a time, and none is lost")
  void givesOnceAndLosesNothing(int workers, int bound, int tasks) throws Exception {
    run(workers, bound, tasks, 60);
  }

  @Test
  @Tag("long")
  @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @DisplayName("As the other, with two million leases")
  void givesOnceAndLosesNothingForLong() throws Exception {
    run(3, 1, 1_000, 2_000);
  }

  private void run(int workers, int bound, int tasks, int rounds) throws Exception {
    WorkerLocal<Ledger.Probe> patient = WorkerLocal.builder(ledger::make).leases(bound).build();
    WorkerLocal<Ledger.Probe> hasty =
        WorkerLocal.builder(ledger::make)
            .leases(bound)
            .leaseTimeout(Duration.ofNanos(200_000))
            .build();
    ShutdownReport report;
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(workers)
            .spareWorkers(0)
            .placeTracking(PlaceTracking.NONE)
            .start()) {
      List<Task<Object>> all = new ArrayList<>();
      for (int i = 0; i < tasks; i++) {
        SplittableRandom random = new SplittableRandom(i);
        WorkerLocal<Ledger.Probe> local = i % 3 == 0 ? hasty : patient;
        all.add(
            runtime.spawn(() -> {
              for (int round = 0; round < rounds; round++) {
                use(local, random);
              }
              if (random.nextInt(20) == 0) {
                forget(local);
              }
              return null;
            }));
      }
      interruptAtRandomUntilDone(all);
      all.forEach(Task::join);
      assertAllAreHome(runtime, workers, bound, patient, hasty);
      report = runtime.shutdown(LONG, Duration.ZERO);
    }
    assertThat(report.terminated()).isTrue();
    assertThat(report.leaks()).hasSize(forgotten.intValue());
    assertThat(report.destroyed()).isEqualTo(report.made());
    assertThat(ledger.made().stream().mapToLong(probe -> probe.uses).sum()).isEqualTo(served.sum());
    assertThat(ledger.made().size())
        .isLessThanOrEqualTo(2 * workers * bound + forgotten.intValue());
    assertThat(served.sum()).isGreaterThan(gaveUp.sum() / 100);
    ledger.assertLastMadeDestroyedFirst();
  }

  private void use(WorkerLocal<Ledger.Probe> local, SplittableRandom random) {
    try (Lease<Ledger.Probe> lease = local.lease()) {
      Ledger.Probe probe = lease.get();
      probe.enter();
      switch (random.nextInt(4)) {
        case 0 -> Thread.yield();
        case 1 -> LockSupport.parkNanos(random.nextInt(50_000));
        default -> Thread.onSpinWait();
      }
      assertThat(lease.get()).isSameAs(probe);
      probe.leave();
      served.increment();
    } catch (LeaseUnavailableException e) {
      gaveUp.increment();
    }
    Thread.interrupted();
  }

  private void forget(WorkerLocal<Ledger.Probe> local) {
    try {
      assertThat(local.lease().get()).isNotNull();
      forgotten.increment();
    } catch (LeaseUnavailableException e) {
      gaveUp.increment();
    }
  }

  private static void interruptAtRandomUntilDone(List<Task<Object>> tasks) {
    SplittableRandom random = new SplittableRandom(7);
    List<Task<Object>> left = new ArrayList<>(tasks);
    while (!left.isEmpty()) {
      Task<Object> task = left.get(random.nextInt(left.size()));
      if (task.isDone()) {
        left.remove(task);
      } else {
        task.thread().interrupt();
        LockSupport.parkNanos(20_000);
      }
    }
  }

  /** Takes all values of each worker, pinned and so without a wait. */
  @SafeVarargs
  private static void assertAllAreHome(
      WorkerRuntime runtime, int workers, int bound, WorkerLocal<Ledger.Probe>... locals)
      throws Exception {
    WorkerLocal<Object> any = WorkerLocal.of(Object::new);
    Map<WorkerOwner, Boolean> seen = new ConcurrentHashMap<>();
    AtomicBoolean done = new AtomicBoolean();
    runtime.run(() -> {
      while (seen.size() < workers) {
        seen.put(
            any.with(value -> {
              for (WorkerLocal<Ledger.Probe> local : locals) {
                List<Lease<Ledger.Probe>> leases = new ArrayList<>();
                for (int i = 0; i < bound; i++) {
                  leases.add(local.lease());
                  leases.getLast().get().enter();
                }
                assertThat(
                        leases.stream().collect(Collectors.toMap(Lease::get, Function.identity())))
                    .hasSize(bound);
                leases.forEach(lease -> {
                  lease.get().leave();
                  lease.get().uses--;
                  lease.close();
                });
              }
              return Elsewhere.worker();
            }),
            true);
        if (workers > 1) {
          Elsewhere.move(runtime);
        }
      }
      done.set(true);
      return null;
    });
    assertThat(done).isTrue();
  }
}
