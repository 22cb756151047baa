// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.Work;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/**
 * A task as stages of a {@code CompletableFuture} on an executor whose threads must not block: one
 * up to where it is suspended, and one that goes on once it is woken.
 */
final class WorkStages {

  private WorkStages() {}

  /**
   * Has an executor run a work.
   *
   * @return done once the work is, or once it is known that it will not be, such as when the
   *     executor does not take it
   */
  static CompletableFuture<Void> start(Work work, Executor executor) {
    return CompletableFuture.completedFuture(work)
        .thenComposeAsync(started -> begin(started, executor), executor);
  }

  private static CompletableFuture<Void> begin(Work work, Executor executor) {
    if (!work.begin()) {
      work.resume();
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> woken = new CompletableFuture<>();
    CompletableFuture<Void> rest =
        woken
            .thenRunAsync(work::resume, executor)
            .whenComplete((nothing, failure) -> {
              if (failure != null) {
                work.drop(failure);
              }
            });
    work.onWake(() -> woken.complete(null));
    return rest;
  }
}
