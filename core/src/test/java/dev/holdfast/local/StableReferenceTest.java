// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.lang.ref.WeakReference;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A reference names one value, wherever its task goes (G3). */
@Tag("G3")
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class StableReferenceTest {

  @Test
  @Tag("S9")
  @DisplayName("S9: after a suspension, on another worker, a reference is still the first owner's")
  void staysWithTheFirstOwner() throws Exception {
    Ledger ledger = new Ledger();
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      Elsewhere.settle(runtime);
      runtime.run(() -> {
        for (int i = 0; i < 20; i++) {
          WorkerOwner owner = Elsewhere.worker();
          LocalRef<Ledger.Probe> ref = local.ref();
          Ledger.Probe value = ref.get();
          try (Guard<Ledger.Probe> guard = local.guard();
              Lease<Ledger.Probe> lease = local.lease()) {
            Ledger.Probe leased = lease.get();
            assertThat(leased.madeOn()).isSameAs(owner);
            assertThat(leased).isNotSameAs(value);

            Elsewhere.move(runtime);

            assertThat(Elsewhere.worker()).isNotSameAs(owner);
            assertThat(ref.get()).isSameAs(value);
            assertThat(guard.get()).isSameAs(value);
            assertThat(lease.get()).isSameAs(leased);
            assertThat(value.madeOn()).isSameAs(owner);
            assertThat(local.ref()).isNotSameAs(ref);
            assertThat(local.ref().get()).isNotSameAs(value);
          }
        }
        return null;
      });
    }
    ledger.assertLastMadeDestroyedFirst();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  @DisplayName("G3: many tasks that hold references and migrate never see another value")
  void isNeverMixedUp(int workers) {
    Ledger ledger = new Ledger();
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(workers).spareWorkers(0).start()) {
      List<Task<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        tasks.add(
            runtime.spawn(() -> {
              List<LocalRef<Ledger.Probe>> refs = new ArrayList<>();
              List<Ledger.Probe> values = new ArrayList<>();
              for (int round = 0; round < 50; round++) {
                refs.add(local.ref());
                values.add(refs.getLast().get());
                if (ThreadLocalRandom.current().nextInt(8) == 0) {
                  Thread.sleep(0, 1_000);
                } else {
                  Thread.yield();
                }
              }
              for (int at = 0; at < refs.size(); at++) {
                assertThat(refs.get(at).get()).isSameAs(values.get(at));
              }
              return null;
            }));
      }
      tasks.forEach(Task::join);
    }
    assertThat(ledger.made()).hasSizeBetween(1, workers);
    ledger.assertEachDestroyedOnItsOwner();
  }

  @Test
  @DisplayName("G3: a reference is one object per worker, and threads inside a task may use it")
  void isOneObjectPerWorker() throws Exception {
    WorkerLocal<Object> local = WorkerLocal.of(Object::new);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      LocalRef<Object> ref = runtime.run(local::ref);
      runtime.run(() -> {
        assertThat(local.ref()).isSameAs(ref);
        Object value = ref.get();
        assertThat(local.<Object>with(Function.identity())).isSameAs(value);
        assertThat(local.<Object>onOwner(Function.identity())).isSameAs(value);
        // A thread the runtime knows nothing of.
        Thread stray =
            Thread.ofVirtual()
                .start(() -> {
                  assertThat(ref.get()).isSameAs(value);
                  assertThat(local.ref()).isSameAs(ref);
                });
        stray.join();
        try (var executor = Executors.newThreadPerTaskExecutor(runtime.threadFactory())) {
          assertThat(executor.submit(ref::get).get()).isSameAs(value);
          assertThat(executor.submit(local::ref).get()).isSameAs(ref);
        }
        return null;
      });
    }
  }

  @Test
  @Tag("S8")
  @DisplayName("S8: no public method takes a value, so that none can replace one")
  void cannotBeReplaced() {
    for (Class<?> type : List.of(WorkerLocal.class, LocalRef.class, Lease.class, Guard.class)) {
      for (Method method : type.getMethods()) {
        if (method.getDeclaringClass() == Object.class
            || Modifier.isStatic(method.getModifiers())) {
          continue;
        }
        assertThat(Arrays.asList(method.getParameterTypes()))
            .as("%s", method)
            .isSubsetOf(Function.class, Consumer.class);
      }
    }
  }

  @Test
  @Tag("S8")
  @DisplayName("S8: a worker makes its value once, whichever forms of access race for it")
  void isMadeOncePerWorker() {
    Ledger ledger = new Ledger();
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    Set<Object> seen = ConcurrentHashMap.newKeySet();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).spareWorkers(0).start()) {
      List<Task<Object>> tasks = new ArrayList<>();
      for (int i = 0; i < 1_000; i++) {
        int form = i % 4;
        tasks.add(
            runtime.spawn(() ->
                seen.add(
                    switch (form) {
                      case 0 -> local.with(Function.identity());
                      case 1 -> local.ref().get();
                      case 2 -> local.onOwner(Function.identity());
                      default -> {
                        try (Guard<Ledger.Probe> guard = local.guard()) {
                          yield guard.get();
                        }
                      }
                    })));
      }
      tasks.forEach(Task::join);
    }
    assertThat(ledger.made()).hasSizeBetween(1, 2);
    assertThat(new HashSet<>(ledger.made())).isEqualTo(seen);
  }

  @Test
  @Tag("S7")
  @DisplayName("S7: a local never sees what another one, collected since, has left on the worker")
  void neverSeesTheValueOfACollectedLocal() throws Exception {
    Ledger ledger = new Ledger();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      for (int i = 0; i < 10; i++) {
        String name = "generation-" + i;
        WeakReference<WorkerLocal<Ledger.Probe>> before =
            runtime.run(() -> {
              WorkerLocal<Ledger.Probe> local = WorkerLocal.of(() -> ledger.make(name));
              assertThat(local.ref().get()).hasToString(ledger.made().getLast().toString());
              assertThat(local.ref().get()).isSameAs(ledger.made().getLast());
              return new WeakReference<>(local);
            });
        Await.until(
            "the local is collected",
            () -> {
              System.gc();
              return before.refersTo(null);
            });
      }
      assertThat(ledger.destroyed()).isEmpty();
    }
    assertThat(ledger.made()).hasSize(10);
    ledger.assertLastMadeDestroyedFirst();
  }
}
