// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Owner;
import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.local.Lease;
import dev.holdfast.local.TaskLocal;
import dev.holdfast.local.WorkerLocal;
import java.util.function.Function;

/**
 * Code that is loaded anew each time, by a class loader of its own, which is then released: its
 * locals come from that loader.
 */
public final class Plugin implements Function<Books, Runnable> {

  /** Made by the host, by reflection. */
  public Plugin() {}

  /** Returns what a task of the host runs. */
  @Override
  public Runnable apply(Books books) {
    WorkerLocal<Value> shared =
        WorkerLocal.of(() -> books.make("plugin's", Owner.WORKER_EARLY), value -> value.close());
    WorkerLocal<Value> leased =
        WorkerLocal.of(
            () -> books.make("plugin's leased", Owner.WORKER_EARLY), value -> value.close());
    TaskLocal<Value> own =
        TaskLocal.of(() -> books.make("plugin's own", Owner.TASK), value -> value.close());
    return () -> {
      shared.update(value -> value.touch());
      own.get().touch();
      try (Lease<Value> lease = leased.lease()) {
        lease.get().touch();
      }
    };
  }
}
