// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import dev.holdfast.batch.BatchQueue;
import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * 10,000 virtual threads that each read one user by its id, with a query for each and with a query
 * for all that ask at the same time.
 */
public final class SqliteBatch {

  private SqliteBatch() {}

  /** Runs the program. */
  public static void main(String... args) throws Exception {
    try (Users users = Users.create(10_000)) {
      WorkerLocal<UserReader> readers = WorkerLocal.builder(users::reader).name("readers").build();
      AtomicInteger queries = new AtomicInteger();

      int alone =
          readAll(
              users,
              queries,
              id ->
                  () -> {
                    try (Lease<UserReader> lease = readers.lease()) {
                      queries.incrementAndGet();
                      return lease.get().name(id);
                    }
                  });

      BatchQueue<Long, @Nullable String> names =
          BatchQueue.builder()
              .name("names")
              .build(batch -> {
                // Keys join while this waits for a connection.
                try (Lease<UserReader> lease = readers.lease()) {
                  queries.incrementAndGet();
                  return lease.get().names(batch.keys());
                }
              });
      int together = readAll(users, queries, id -> () -> names.get((long) id));

      System.out.println(
          users.count()
              + " users by id: "
              + alone
              + " queries alone, "
              + together
              + " queries in batches");
      if (alone != users.count() || together > users.count() / 8) {
        throw new IllegalStateException("batches of less than 8 on the average");
      }
    }
  }

  /** Returns how many queries it took to read every user in a task of its own. */
  private static int readAll(
      Users users, AtomicInteger queries, IntFunction<Callable<@Nullable String>> read) {
    queries.set(0);
    try (WorkerRuntime runtime = WorkerRuntime.start()) {
      List<Task<@Nullable String>> tasks =
          IntStream.range(0, users.count())
              .mapToObj(id -> runtime.<@Nullable String>spawn(read.apply(id)))
              .toList();
      for (int id = 0; id < users.count(); id++) {
        String name = tasks.get(id).join();
        if (!Users.nameOf(id).equals(name)) {
          throw new IllegalStateException("user " + id + " is called " + name);
        }
      }
    }
    return queries.get();
  }
}
