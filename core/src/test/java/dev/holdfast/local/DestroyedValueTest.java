// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a destructor may read: what is older than its own value, on its own worker. */
@Tag("S41")
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class DestroyedValueTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final Map<String, Object> outcome = Collections.synchronizedMap(new LinkedHashMap<>());

  private void attempt(String what, Callable<?> use) {
    try {
      outcome.put(what, String.valueOf(use.call()));
    } catch (Throwable e) {
      outcome.put(what, e);
    }
  }

  @Test
  @DisplayName(
      "S41: a destructor reads older values of its worker; younger ones throw, and its own")
  void isRefusedOnTheSameWorker() throws Exception {
    List<LocalRef<Object>> refs = new ArrayList<>();
    List<Guard<Object>> guards = new ArrayList<>();
    WorkerLocal<Object> older = WorkerLocal.<Object>builder(() -> "older value").build();
    List<WorkerLocal<Object>> self = new ArrayList<>();
    List<WorkerLocal<Object>> younger = new ArrayList<>();
    self.add(
        WorkerLocal.<Object>builder(() -> "own value")
            .name("own")
            .destructor(value -> {
              attempt("older with", () -> older.with(Function.identity()));
              attempt("older ref", () -> older.ref().get());
              attempt("older kept ref", () -> refs.get(0).get());
              attempt("older onOwner", () -> older.onOwner(Function.identity()));
              attempt("own with", () -> self.getFirst().with(Function.identity()));
              attempt("own ref", () -> self.getFirst().ref());
              attempt("own kept ref", () -> refs.get(1).get());
              attempt("younger with", () -> younger.getFirst().with(Function.identity()));
              attempt("younger ref", () -> younger.getFirst().ref());
              attempt("younger kept ref", () -> refs.get(2).get());
              attempt("closed guard", () -> guards.getFirst().get());
              attempt("guard", older::guard);
              attempt("lease", older::lease);
            })
            .build());
    younger.add(WorkerLocal.<Object>builder(() -> "younger value").name("younger").build());
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      runtime.run(() -> {
        refs.add(older.ref());
        refs.add(self.getFirst().ref());
        refs.add(younger.getFirst().ref());
        guards.add(younger.getFirst().guard());
        guards.getFirst().close();
        return null;
      });
      ShutdownReport report = runtime.shutdown(LONG, LONG);
      assertThat(report.failures()).isEmpty();
      assertThat(report.made()).isEqualTo(3);
    }
    for (String what : List.of("older with", "older ref", "older kept ref", "older onOwner")) {
      assertThat(outcome.get(what)).as(what).isEqualTo("older value");
    }
    for (String what :
        List.of(
            "own with",
            "own ref",
            "own kept ref",
            "younger with",
            "younger ref",
            "younger kept ref")) {
      assertThat((Throwable) outcome.get(what))
          .as(what)
          .isInstanceOf(LocalDestroyedException.class)
          .hasMessageContaining(what.startsWith("own") ? "'own'" : "'younger'")
          .hasMessageContaining("worker-0");
    }
    for (String what : List.of("closed guard", "guard", "lease")) {
      assertThat((Throwable) outcome.get(what))
          .as(what)
          .isInstanceOf(EscapedReferenceException.class);
    }
    assertThat(outcome).hasSize(13);
  }

  @Test
  @DisplayName("S41: a destructor may not read another worker's value, be it destroyed or not yet")
  void isRefusedOnAnotherWorker() throws Exception {
    Map<WorkerOwner, LocalRef<String>> refs = new ConcurrentHashMap<>();
    CyclicBarrier bothDestroy = new CyclicBarrier(2);
    CyclicBarrier bothHaveRead = new CyclicBarrier(2);
    WorkerLocal<String> shared =
        WorkerLocal.<String>builder(() -> "value of " + Elsewhere.worker().name())
            .name("shared")
            .destructor(value -> {
              for (var ref : refs.entrySet()) {
                if (ref.getKey() != Elsewhere.worker()) {
                  attempt("destroyed " + ref.getKey().name(), ref.getValue()::get);
                }
              }
            })
            .build();
    WorkerLocal<Object> last =
        WorkerLocal.of(
            Object::new,
            value -> {
              meet(bothDestroy);
              // Both values of `shared` are alive now, each on its worker.
              for (var ref : refs.entrySet()) {
                boolean own = ref.getKey() == Elsewhere.worker();
                attempt((own ? "own " : "alive ") + ref.getKey().name(), ref.getValue()::get);
              }
              meet(bothHaveRead);
            });
    String name;
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      name = runtime.name();
      Elsewhere.settle(runtime);
      runtime.run(() -> {
        for (int i = 0; i < 2; i++) {
          refs.put(Elsewhere.worker(), shared.ref());
          last.ref();
          assertThat(refs.values()).allMatch(ref -> ref.get().startsWith("value of"));
          Elsewhere.move(runtime);
        }
        return null;
      });
      assertThat(runtime.shutdown(LONG, LONG).failures()).isEmpty();
    }
    assertThat(refs).hasSize(2);
    for (String worker : List.of(name + "-worker-0", name + "-worker-1")) {
      assertThat(outcome.get("own " + worker)).isEqualTo("value of " + worker);
      assertThat((Throwable) outcome.get("alive " + worker))
          .isInstanceOf(LocalDestroyedException.class)
          .hasMessageContaining("'shared' of " + worker)
          .hasMessageContaining("used by a destructor on")
          .hasMessageContaining("only values of its own worker that were made before its own");
      assertThat((Throwable) outcome.get("destroyed " + worker))
          .isInstanceOf(LocalDestroyedException.class);
    }
    assertThat(outcome).hasSize(6);
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
