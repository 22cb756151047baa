// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles.plain;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.holdfast.examples.handles.TemporaryDirectory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.LmdbException;
import org.lmdbjava.Txn;

/**
 * LMDB without Holdfast. {@code threads}: transactions for reading in virtual threads that wait
 * while they have one, bound to the carrier. {@code slots}: the same with transactions that are
 * bound to no thread. {@code writer}: one for writing that is ended by another thread than the one
 * that began it, as by a virtual thread that resumes on another carrier. {@code view}: a value that
 * is read after its environment is closed.
 */
public final class PlainLmdb {

  private static final int TASKS = 10_000;

  private PlainLmdb() {}

  /** Runs one of the four, and prints what came of it. */
  public static void main(String... args) throws Exception {
    try (TemporaryDirectory directory = TemporaryDirectory.create()) {
      EnvFlags[] flags =
          args[0].equals("slots") ? new EnvFlags[] {EnvFlags.MDB_NOTLS} : new EnvFlags[0];
      Env<ByteBuffer> environment =
          Env.create().setMapSize(16 << 20).setMaxDbs(1).open(directory.path().toFile(), flags);
      Dbi<ByteBuffer> names = environment.openDbi("names", DbiFlags.MDB_CREATE);
      names.put(direct("key"), direct("value"));
      switch (args[0]) {
        case "threads", "slots" -> readers(environment, names);
        case "writer" -> writer(environment, names);
        case "view" -> view(environment, names);
        default ->
            throw new IllegalArgumentException("threads, slots, writer or view, not " + args[0]);
      }
    }
  }

  private static void readers(Env<ByteBuffer> environment, Dbi<ByteBuffer> names) throws Exception {
    Map<String, Integer> outcomes = new ConcurrentSkipListMap<>();
    CountDownLatch tried = new CountDownLatch(TASKS);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < TASKS; i++) {
        threads.execute(() -> {
          String outcome = "read";
          try (Txn<ByteBuffer> transaction = environment.txnRead()) {
            tried.countDown();
            tried.await();
            names.get(transaction, direct("key"));
          } catch (LmdbException | InterruptedException e) {
            outcome = e.toString();
            tried.countDown();
          }
          outcomes.merge(outcome, 1, Integer::sum);
        });
      }
    }
    outcomes.forEach((outcome, count) -> System.out.println(count + " x " + outcome));
  }

  private static void writer(Env<ByteBuffer> environment, Dbi<ByteBuffer> names) throws Exception {
    Txn<ByteBuffer> transaction = environment.txnWrite();
    names.put(transaction, direct("key"), direct("other"));
    Thread.ofPlatform().start(transaction::commit).join();
    System.out.println("committed by another thread");
    Thread next =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try (Txn<ByteBuffer> _ = environment.txnWrite()) {
                System.out.println("the next one has begun");
              }
            });
    if (!next.join(Duration.ofSeconds(2))) {
      System.out.println("the next one waits, and nobody can end that");
    }
  }

  private static void view(Env<ByteBuffer> environment, Dbi<ByteBuffer> names) {
    ByteBuffer value;
    try (Txn<ByteBuffer> transaction = environment.txnRead()) {
      value = names.get(transaction, direct("key"));
    }
    environment.close();
    System.out.println("read " + value.get(0));
  }

  private static ByteBuffer direct(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }
}
