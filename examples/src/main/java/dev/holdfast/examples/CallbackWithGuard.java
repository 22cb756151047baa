// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples;

import dev.holdfast.local.Guard;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;

/**
 * Uses a worker's value in a callback that runs on a thread of another library, after the task has
 * ended and the runtime has begun to close: the guard holds the value until it is closed.
 */
public final class CallbackWithGuard {

  /** Some service that is closed when its worker ends. */
  private static final class Journal implements AutoCloseable {
    private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

    void add(String line) {
      lines.add(line);
    }

    @Override
    public void close() {
      System.out.println("closed after " + List.copyOf(lines));
    }
  }

  private static final WorkerLocal<Journal> JOURNAL = WorkerLocal.of(Journal::new);

  private CallbackWithGuard() {}

  /** Runs the program. */
  public static void main(String[] args) throws Exception {
    CountDownLatch closing = new CountDownLatch(1);
    // Stands for a client that calls back on a thread of its own, whenever it has an answer.
    Executor client =
        callback ->
            Thread.ofPlatform()
                .start(() -> {
                  awaitUnchecked(closing);
                  callback.run();
                });

    WorkerRuntime runtime = WorkerRuntime.start();
    runtime.run(() -> {
      Guard<Journal> guard = JOURNAL.guard();
      guard.get().add("asked");
      return CompletableFuture.supplyAsync(() -> "answer", client)
          .thenAccept(answer -> {
            try (guard) {
              guard.get().add(answer);
            }
          });
    });
    runtime.shutdown();
    System.out.println("closing, and the journal is still open");
    closing.countDown();
    runtime.close();
  }

  private static void awaitUnchecked(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
