// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.CompilationTestHelper;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link BlockingInsideWith} on code that is right and code that is wrong. */
final class BlockingInsideWithTest {

  private final CompilationTestHelper compilation =
      CompilationTestHelper.newInstance(BlockingInsideWith.class, getClass());

  private void check(String members) {
    compilation
        .addSourceLines(
            "Test.java",
            """
            import dev.holdfast.local.*;
            import dev.holdfast.runtime.*;
            import java.io.*;
            import java.net.http.*;
            import java.nio.channels.*;
            import java.nio.file.*;
            import java.sql.*;
            import java.util.*;
            import java.util.concurrent.*;
            import java.util.concurrent.locks.*;

            class Test {
              static class Stats {
                long requests;
                final Lock lock = new ReentrantLock();
                final List<Runnable> callbacks = new ArrayList<>();
                void add(long n) { requests += n; }
                void end() {}
              }

              static final WorkerLocal<Stats> STATS = WorkerLocal.of(Stats::new);
              WorkerRuntime runtime;
              Lock lock;
              BlockingQueue<Stats> queue;
            """,
            members,
            "}")
        .doTest();
  }

  @Test
  @Tag("S60")
  void findsWhatWaitsForOthers() {
    check(
        """
        static final WorkerLocal<BlockingQueue<String>> QUEUES =
            WorkerLocal.of(LinkedBlockingQueue::new);

        void block(Future<Long> future, CompletableFuture<Long> completable, Task<Long> task,
            Semaphore permits, ExecutorService pool, Object monitor) {
          STATS.update(stats -> {
            try {
              // BUG: Diagnostic contains: Thread.sleep() may block, and the function of with and
              Thread.sleep(1);
              // BUG: Diagnostic contains: Lock.lock() may block
              lock.lock();
              // BUG: Diagnostic contains: Lock.tryLock() may block
              lock.tryLock(1, TimeUnit.SECONDS);
              // BUG: Diagnostic contains: BlockingQueue.put() may block
              queue.put(stats);
              // BUG: Diagnostic contains: BlockingQueue.poll() may block
              queue.poll(1, TimeUnit.SECONDS);
              // BUG: Diagnostic contains: Future.get() may block
              stats.add(future.get());
              // BUG: Diagnostic contains: Semaphore.acquire() may block
              permits.acquire();
              // BUG: Diagnostic contains: Object.wait() may block
              monitor.wait();
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
          // BUG: Diagnostic contains: CompletableFuture.join() may block
          STATS.update(stats -> stats.add(completable.join()));
          // BUG: Diagnostic contains: Task.join() may block
          STATS.with(stats -> stats.requests + task.join());
          STATS.update(stats -> {
            // BUG: Diagnostic contains: synchronized may block
            synchronized (monitor) {
              stats.requests++;
            }
          });
          STATS.update(stats -> List.of(1, 2).forEach(each -> {
            // BUG: Diagnostic contains: Lock.lock() may block
            lock.lock();
          }));
          // BUG: Diagnostic contains: LinkedBlockingQueue.take(), which takeFrom() calls,
          QUEUES.with(values -> takeFrom((LinkedBlockingQueue<String>) values));
          STATS.update(this::flush);
          // BUG: Diagnostic contains: Thread.sleep(), which pause() calls, may block
          STATS.update(stats -> pause());
        }

        private static String takeFrom(LinkedBlockingQueue<String> values) {
          try {
            return values.take();
          } catch (InterruptedException e) {
            return null;
          }
        }

        private void flush(Stats stats) {
          // BUG: Diagnostic contains: Lock.lock() may block
          lock.lock();
        }

        private static void pause() {
          try {
            Thread.sleep(1);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        }
        """);
  }

  @Test
  void findsInputAndOutput() {
    check(
        """
        static final WorkerLocal<Statement> STATEMENT = WorkerLocal.of(() -> null);

        void block(Path path, FileChannel channel, HttpClient client, HttpRequest request) {
          STATS.update(stats -> {
            try {
              // BUG: Diagnostic contains: Files.size() may block
              stats.add(Files.size(path));
              // BUG: Diagnostic contains: FileChannel.force() may block
              channel.force(true);
              // BUG: Diagnostic contains: HttpClient.send() may block
              client.send(request, HttpResponse.BodyHandlers.ofString());
            } catch (IOException | InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
          STATEMENT.update(statement -> {
            try {
              // BUG: Diagnostic contains: Statement.executeUpdate() may block
              statement.executeUpdate("delete from t");
            } catch (SQLException e) {
              throw new IllegalStateException(e);
            }
          });
        }
        """);
  }

  @Test
  @Tag("S43")
  void findsWhatADestructorWaitsFor() {
    check(
        """
        final WorkerLocal<Stats> locked = WorkerLocal.of(Stats::new, stats -> {
          // BUG: Diagnostic contains: Lock.lock() may block, and a destructor is waited for
          lock.lock();
        });
        final WorkerLocal<Stats> queued =
            WorkerLocal.<Stats>builder(Stats::new).destructor(this::hand).build();

        private void hand(Stats stats) {
          try {
            // BUG: Diagnostic contains: BlockingQueue.put() may block, and a destructor
            queue.put(stats);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        }
        """);
  }

  @Test
  void isSilentOnWhatDoesNotBlock() {
    check(
        """
        final WorkerLocal<ExecutorService> pools =
            WorkerLocal.of(Executors::newCachedThreadPool, pool -> pool.close());
        final WorkerLocal<Writer> writers = WorkerLocal.of(StringWriter::new, writer -> {
          try {
            Files.deleteIfExists(Path.of("scratch"));
            writer.close();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });

        void run(Map<String, Long> map, ExecutorService pool, Semaphore permits, Path path)
            throws Exception {
          STATS.update(stats -> stats.requests++);
          STATS.update(stats -> {
            // Nobody else has this lock while the function runs.
            stats.lock.lock();
            synchronized (stats) {
              stats.add(map.get("a"));
            }
          });
          STATS.update(stats -> {
            queue.offer(stats);
            queue.poll();
            lock.tryLock();
            permits.tryAcquire();
            permits.tryAcquire(2);
            permits.release();
          });
          // Runs elsewhere, or later.
          STATS.update(stats -> pool.execute(() -> lock.lock()));
          STATS.update(stats -> stats.callbacks.add(() -> lock.lock()));
          STATS.update(stats -> {
            Runnable later = () -> lock.lock();
            stats.callbacks.add(later);
          });
          STATS.update(stats -> map.merge("a", 1L, Long::sum));
          // For as long as it is leased, a task may wait.
          try (Lease<Stats> lease = STATS.lease()) {
            lock.lock();
            lease.get().add(Files.size(path));
          }
          STATS.onOwner(stats -> { lock.lock(); return null; });
          lock.lock();
        }

        @SuppressWarnings("BlockingInsideWith") // the lock is free whenever this is called
        void suppressed() {
          STATS.update(stats -> lock.lock());
        }
        """);
  }

  @Test
  void anOptionAddsMethods() {
    compilation
        .setArgs("-XepOpt:Holdfast:Blocking=client.Remote#call,client.Disk")
        .addSourceLines(
            "client/Remote.java",
            "package client; public class Remote { public void call() {} public void peek() {} }")
        .addSourceLines(
            "client/Disk.java", "package client; public interface Disk { void any(); }");
    check(
        """
        static class Mine extends client.Remote {}

        void call(client.Remote remote, client.Disk disk, Mine mine) {
          // BUG: Diagnostic contains: Remote.call() may block
          STATS.update(stats -> remote.call());
          // BUG: Diagnostic contains: Remote.call() may block
          STATS.update(stats -> mine.call());
          // BUG: Diagnostic contains: Disk.any() may block
          STATS.update(stats -> disk.any());
          STATS.update(stats -> remote.peek());
        }
        """);
  }
}
