// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.EveryTier;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** References, leases and guards that are used where they are not valid (G4). */
@Tag("G4")
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class EscapedReferenceTest {

  /** Static, as user code keeps its locals and, by mistake, its references. */
  private static final WorkerLocal<StringBuilder> LOCAL =
      WorkerLocal.<StringBuilder>builder(() -> new StringBuilder("value")).name("buffer").build();

  private static final Map<String, LocalRef<StringBuilder>> KEPT = new ConcurrentHashMap<>();

  private enum Form {
    WITH(local -> local.with(Function.identity())),
    UPDATE(local -> {
      local.update(value -> {});
      return null;
    }),
    REF(WorkerLocal::ref),
    LEASE(WorkerLocal::lease),
    GUARD(WorkerLocal::guard),
    ON_OWNER(local -> local.onOwner(Function.identity()));

    private final Function<WorkerLocal<?>, Object> use;

    Form(Function<WorkerLocal<?>, Object> use) {
      this.use = use;
    }

    Object on(WorkerLocal<?> local) {
      return use.apply(local);
    }
  }

  @Test
  @Tag("S1")
  @DisplayName("S1: a reference that left its task throws on a thread that is no task")
  void throwsOnAForeignThread() throws Exception {
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(2).spareWorkers(0).name("orders").start()) {
      LocalRef<StringBuilder> ref = runtime.run(LOCAL::ref);
      assertEscaped(ref::get)
          .hasMessageContaining("'buffer' of orders-worker-")
          .hasMessageContaining(Thread.currentThread().getName())
          .hasMessageContaining("no task or job of runtime 'orders'")
          .hasMessageContaining("guard()");
      // A virtual thread of the JDK's own scheduler is foreign too.
      assertEscaped(() -> onVirtualThread(ref::get)).hasMessageContaining("virtual thread");
      assertThat(runtime.<StringBuilder>run(ref::get)).hasToString("value");
    }
  }

  @Test
  @Tag("S2")
  @DisplayName("S2: a callback that a foreign thread completes may not use a reference it captured")
  void throwsInACallbackOnAForeignThread() throws Exception {
    CompletableFuture<String> source = new CompletableFuture<>();
    LocalRef<StringBuilder> ref;
    Guard<StringBuilder> guard;
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
        WorkerRuntime other = WorkerRuntime.builder().workers(1).start();
        Guard<StringBuilder> capturedGuard = runtime.run(LOCAL::guard)) {
      LocalRef<StringBuilder> captured = runtime.run(LOCAL::ref);
      ref = captured;
      guard = capturedGuard;
      CompletableFuture<String> derived =
          runtime.run(() -> source.thenApply(end -> captured.get() + end));
      CompletableFuture<String> guarded = source.thenApply(end -> capturedGuard.get() + end);
      source.complete("!");
      assertThatThrownBy(derived::join)
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(EscapedReferenceException.class);
      assertThat(guarded.join()).isEqualTo("value!");
      assertThat(source.thenApply(end -> capturedGuard.get() + end).join()).isEqualTo("value!");

      assertEscaped(() -> other.run(captured::get)).hasMessageContaining("another runtime");
      assertThat(other.<StringBuilder>run(capturedGuard::get)).hasToString("value");
      // Completed by a task of the runtime it is right.
      assertThat(runtime.<String>run(() -> source.thenApply(end -> captured.get() + end).join()))
          .isEqualTo("value!");
    }
    LocalRef<StringBuilder> late = ref;
    assertThatThrownBy(source.thenApply(end -> late.get() + end)::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(LocalDestroyedException.class);
    Guard<StringBuilder> closed = guard;
    assertThatThrownBy(source.thenApply(end -> closed.get() + end)::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(EscapedReferenceException.class);
  }

  @Test
  @Tag("S3")
  @DisplayName("S3: a reference kept beyond its runtime throws, and never shows a stale value")
  void throwsAfterTheRuntimeClosed() throws Exception {
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).spareWorkers(0).name("gone").start()) {
      KEPT.put("ref", runtime.run(LOCAL::ref));
    }
    LocalRef<StringBuilder> kept = KEPT.remove("ref");
    assertThatThrownBy(kept::get)
        .isInstanceOf(LocalDestroyedException.class)
        .hasMessageContaining("'buffer' of gone-worker-0")
        .hasMessageContaining("TERMINATED")
        .hasMessageContaining("guard()");
    try (WorkerRuntime second =
        WorkerRuntime.builder().workers(1).spareWorkers(0).name("gone").start()) {
      LocalRef<StringBuilder> fresh = second.run(LOCAL::ref);
      assertThat(fresh).isNotSameAs(kept);
      second.run(() -> {
        assertThat(fresh.get()).hasToString("value");
        assertThatThrownBy(kept::get).isInstanceOf(LocalDestroyedException.class);
        return null;
      });
    }
  }

  @ParameterizedTest
  @Tag("S4")
  @DisplayName("S4: every form throws at once on a foreign thread")
  @EnumSource
  void throwsAtCreationOnAForeignThread(Form form) {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      assertEscaped(() -> form.on(LOCAL))
          .hasMessageContaining("'buffer'")
          .hasMessageContaining(Thread.currentThread().getName())
          .hasMessageContaining("no task of a runtime")
          .hasMessageContaining("spawn");
      assertEscaped(() -> onVirtualThread(() -> form.on(LOCAL)))
          .hasMessageContaining("no task of a runtime");
      assertThat(runtime.isShutdown()).isFalse();
    }
  }

  @Test
  @Tag("S4")
  @DisplayName("S4: in another runtime's task a local means that runtime's own value")
  void meansTheValueOfTheCallersRuntime() throws Exception {
    Ledger ledger = new Ledger();
    WorkerLocal<Ledger.Probe> local = WorkerLocal.of(ledger::make);
    try (WorkerRuntime one = WorkerRuntime.builder().workers(1).start();
        WorkerRuntime two = WorkerRuntime.builder().workers(1).start()) {
      LocalRef<Ledger.Probe> ofOne = one.run(local::ref);
      LocalRef<Ledger.Probe> ofTwo = two.run(local::ref);
      assertThat(one.<Ledger.Probe>run(ofOne::get)).isNotSameAs(two.<Ledger.Probe>run(ofTwo::get));
      assertEscaped(() -> one.run(ofTwo::get)).hasMessageContaining("another runtime");
      assertEscaped(() -> two.run(ofOne::get)).hasMessageContaining("another runtime");
      assertEscaped(() -> two.spawnBlocking(ofOne::get).get()).hasMessageContaining("another");
      Lease<Ledger.Probe> lease =
          one.run(() -> {
            Lease<Ledger.Probe> taken = local.lease();
            assertEscaped(() -> two.run(taken::get));
            assertEscaped(() ->
                two.run(() -> {
                  taken.close();
                  return null;
                }));
            taken.close();
            return taken;
          });
      assertEscaped(lease::get).hasMessageContaining("after it was closed");
    }
    ledger.assertEachDestroyedOnItsOwner();
  }

  @ParameterizedTest
  @Tag("S5")
  @DisplayName("S5: a blocking job may not ask for a worker-local, and is told why")
  @EnumSource
  void throwsInABlockingJob(Form form) {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      assertEscaped(() -> runtime.spawnBlocking(() -> form.on(LOCAL)).get())
          .hasMessageContaining("'buffer'")
          .hasMessageContaining("a thread of the blocking pool")
          .hasMessageContaining("no worker")
          .hasMessageContaining("pass it to the job");
    }
  }

  @Test
  @Tag("S5")
  @DisplayName("S5: a blocking job may use the references and guards passed to it")
  void worksInABlockingJobWhenPassedIn() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      runtime.run(() -> {
        LocalRef<StringBuilder> ref = LOCAL.ref();
        StringBuilder value = ref.get();
        assertThat(runtime.spawnBlocking(ref::get).get()).isSameAs(value);
        try (Guard<StringBuilder> guard = LOCAL.guard()) {
          assertThat(runtime.spawnBlocking(guard::get).get()).isNotNull();
        }
        Lease<StringBuilder> lease = LOCAL.lease();
        assertEscaped(() -> runtime.spawnBlocking(lease::get).get())
            .hasMessageContaining("a lease belongs to the task that took it");
        lease.close();
        return null;
      });
    }
  }

  @Test
  @Tag("S7")
  @DisplayName("S7: references swapped through raw types still name their own local's value")
  @SuppressWarnings({"unchecked", "rawtypes"})
  void neverHandsOutTheValueOfAnotherLocal() throws Exception {
    WorkerLocal<Integer> numbers = WorkerLocal.of(() -> 7);
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      runtime.run(() -> {
        LocalRef text = LOCAL.ref();
        LocalRef number = numbers.ref();
        List<LocalRef> swapped = List.of(number, text);
        LocalRef<StringBuilder> wrong = swapped.get(0);
        assertThatThrownBy(() -> wrong.get().length()).isInstanceOf(ClassCastException.class);
        assertThat(swapped.get(0).get()).isEqualTo(7);
        assertThat(swapped.get(1).get()).isInstanceOf(StringBuilder.class);
        try (Lease lease = numbers.lease();
            Lease other = LOCAL.lease()) {
          assertThat(lease.get()).isEqualTo(7);
          assertThat(other.get()).isInstanceOf(StringBuilder.class);
        }
        return null;
      });
    }
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> assertEscaped(
      ThrowingCallable call) {
    return assertThatThrownBy(
            () -> {
              try {
                call.call();
              } catch (ExecutionException | CompletionException e) {
                throw e.getCause();
              }
            })
        .isInstanceOf(EscapedReferenceException.class);
  }

  private static <T> T onVirtualThread(Callable<T> body) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            result.complete(body.call());
          } catch (Throwable e) {
            result.completeExceptionally(e);
          }
        });
    return result.join();
  }
}
