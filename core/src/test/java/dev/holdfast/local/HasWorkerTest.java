// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.EveryTier;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whether a thread has a worker is said without an exception, and as the forms of access see it.
 */
@Tag("G4")
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class HasWorkerTest {

  private static final WorkerLocal<String> LOCAL = WorkerLocal.of(() -> "value");

  @Test
  void aTaskHasOne() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.start()) {
      assertThat(runtime.run(HasWorkerTest::asTheFormsSeeIt)).isTrue();
      assertThat(runtime.run(() -> LOCAL.<Boolean>with(_ -> asTheFormsSeeIt()))).isTrue();
    }
  }

  @Test
  void aThreadThatATaskStartsHasOneIfItIsVirtual() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.start()) {
      assertThat(runtime.run(() -> on(Thread::startVirtualThread))).isTrue();
      assertThat(runtime.run(() -> on(body -> Thread.ofPlatform().start(body)))).isFalse();
    }
  }

  @Test
  void aWorkersOwnThreadHasOne() throws Exception {
    AtomicReference<Boolean> atTheEnd = new AtomicReference<>();
    WorkerLocal<String> older = WorkerLocal.of(() -> "older");
    WorkerLocal<String> local =
        WorkerLocal.of(
            () -> older.with(_ -> "younger"),
            _ -> atTheEnd.set(WorkerLocal.hasWorker() && older.with("older"::equals)));
    try (WorkerRuntime runtime = WorkerRuntime.start()) {
      assertThat(runtime.run(() -> local.<Boolean>onOwner(_ -> asTheFormsSeeIt()))).isTrue();
    }
    assertThat(atTheEnd).hasValue(true);
  }

  @Test
  void aBlockingJobHasNone() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.start()) {
      assertThat(runtime.spawnBlocking(HasWorkerTest::asTheFormsSeeIt).join()).isFalse();
      assertThat(runtime.run(() -> runtime.spawnBlocking(HasWorkerTest::asTheFormsSeeIt).join()))
          .isFalse();
    }
  }

  @Test
  void aForeignThreadHasNone() throws Exception {
    assertThat(asTheFormsSeeIt()).isFalse();
    try (WorkerRuntime runtime = WorkerRuntime.start()) {
      assertThat(runtime.run(HasWorkerTest::asTheFormsSeeIt)).isTrue();
      assertThat(asTheFormsSeeIt()).isFalse();
      assertThat(on(Thread::startVirtualThread)).isFalse();
    }
    assertThat(asTheFormsSeeIt()).isFalse();
  }

  private static boolean on(Executor executor) {
    return CompletableFuture.supplyAsync(HasWorkerTest::asTheFormsSeeIt, executor).join();
  }

  private static boolean asTheFormsSeeIt() {
    boolean has = WorkerLocal.hasWorker();
    if (has) {
      assertThat(LOCAL.<String>with(value -> value)).isEqualTo("value");
    } else {
      assertThatThrownBy(() -> LOCAL.with(value -> value))
          .isInstanceOf(EscapedReferenceException.class);
    }
    return has;
  }
}
