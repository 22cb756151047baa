// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.WorkerOwner;
import dev.holdfast.testing.Await;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What fails on a worker between two tasks, where there is no task for it to fail. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class WorkerErrorTest {

  @Test
  @Tag("S63")
  @DisplayName("S63: an error between two tasks is told to the handler, and the worker goes on")
  void anErrorBetweenTwoTasksDoesNotEndTheWorker() throws Exception {
    Queue<Throwable> told = new ConcurrentLinkedQueue<>();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(1)
            .spareWorkers(0)
            .uncaughtExceptionHandler((thread, failure) -> told.add(failure))
            .start()) {
      WorkerOwner worker =
          runtime.run(() -> {
            // In place of an error of memory, which comes when it wants: none that it could queue.
            Worker own = (Worker) Here.worker();
            own.undone = new Object[] {"no task", null};
            return own;
          });
      Await.until("the handler was told", () -> !told.isEmpty());
      assertThat(told.peek()).isInstanceOf(ClassCastException.class);
      assertThat(runtime.<WorkerOwner>run(Here::worker)).isSameAs(worker);
      assertThat(told).hasSize(1);
    }
  }
}
