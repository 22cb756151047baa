// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Worker-locals on workers whose platform threads come from a user's factory. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class ForeignWorkerThreadTest {

  private final Ledger ledger = new Ledger();
  private final WorkerLocal<Ledger.Probe> local =
      WorkerLocal.<Ledger.Probe>builder(ledger::make).name("buffer").build();
  private final Set<Thread> made = ConcurrentHashMap.newKeySet();

  private WorkerRuntime start() {
    return WorkerRuntime.builder()
        .workers(2)
        .spareWorkers(0)
        .threadFactory(body -> {
          Thread thread = Thread.ofPlatform().daemon().unstarted(body);
          made.add(thread);
          return thread;
        })
        .start();
  }

  @Test
  @DisplayName("All forms of access work, and name the same value")
  void serveAllForms() {
    ShutdownReport report;
    try (WorkerRuntime runtime = start()) {
      List<Task<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        tasks.add(
            runtime.spawn(() -> {
              LocalRef<Ledger.Probe> ref = local.ref();
              Ledger.Probe value = ref.get();
              // In the owned tier another task may take the worker between two accesses.
              if (runtime.tier() == Tier.CARRIER) {
                assertThat(local.ref()).isSameAs(ref);
                assertThat(local.<Ledger.Probe>with(Function.identity())).isSameAs(value);
              }
              try (Guard<Ledger.Probe> guard = local.guard();
                  Lease<Ledger.Probe> lease = local.lease()) {
                Ledger.Probe leased = lease.get();
                Ledger.Probe guarded = guard.get();
                leased.enter();
                Elsewhere.move(runtime);
                assertThat(ref.get()).isSameAs(value);
                assertThat(guard.get()).isSameAs(guarded);
                assertThat(lease.get()).isSameAs(leased);
                leased.leave();
              }
              assertThat(runtime.spawnBlocking(ref::get).get()).isSameAs(value);
              Thread owner = local.onOwner(any -> Thread.currentThread());
              assertThat(made).contains(owner);
              return null;
            }));
      }
      tasks.forEach(Task::join);
      report = runtime.shutdown(Duration.ofSeconds(20), Duration.ZERO);
    }
    assertThat(report.failures()).isEmpty();
    assertThat(report.made()).isEqualTo(ledger.made().size());
    assertThat(ledger.destroyed()).hasSameSizeAs(ledger.made()).doesNotHaveDuplicates();
  }

  @Test
  @DisplayName("What is not valid is refused as with the runtime's own threads")
  void refuseTheSame() throws Exception {
    LocalRef<Ledger.Probe> ref;
    try (WorkerRuntime runtime = start();
        WorkerRuntime other = start()) {
      ref = runtime.run(local::ref);
      LocalRef<Ledger.Probe> escaped = ref;
      assertThatThrownBy(escaped::get).isInstanceOf(EscapedReferenceException.class);
      assertThatThrownBy(() -> other.run(escaped::get))
          .isInstanceOf(EscapedReferenceException.class)
          .hasMessageContaining("another runtime");
      assertThatThrownBy(() -> runtime.spawnBlocking(local::ref).join())
          .cause()
          .isInstanceOf(EscapedReferenceException.class)
          .hasMessageContaining("a thread of the blocking pool");
      Thread stranger = Thread.ofPlatform().unstarted(() -> assertThat(made).isNotEmpty());
      stranger.start();
      stranger.join();
    }
    assertThatThrownBy(ref::get).isInstanceOf(LocalDestroyedException.class);
  }
}
