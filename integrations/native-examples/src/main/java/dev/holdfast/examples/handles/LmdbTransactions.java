// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.holdfast.local.Handle;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.lmdbjava.ByteArrayProxy;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.Txn;

/**
 * Transactions of LMDB, which are bound to a thread of the operating system: each worker has one
 * for reading on its own thread, so that 10,000 virtual threads need as many reader slots as there
 * are workers, and writes begin and end on one thread. The environment ends after all of them.
 */
public final class LmdbTransactions {

  private static final int WORKERS = 2;
  private static final int NAMES = 10_000;
  private static final int WRITERS = 100;

  private LmdbTransactions() {}

  /** Runs the program. */
  public static void main(String... args) throws Exception {
    CountDownLatch ended = new CountDownLatch(1);
    try (TemporaryDirectory directory = TemporaryDirectory.create()) {
      Handle<Env<byte[]>> environment =
          Handle.ofShared(
              // Values are copied out: no view of a page is left when its transaction ends.
              Env.create(ByteArrayProxy.PROXY_BA)
                  .setMapSize(64 << 20)
                  .setMaxDbs(1)
                  .open(directory.path().toFile()),
              raw -> {
                raw.close();
                ended.countDown();
              });
      Dbi<byte[]> names =
          environment.<Dbi<byte[]>, RuntimeException>with(
              raw -> raw.openDbi("names", DbiFlags.MDB_CREATE));
      // Used by onOwner alone, so that it is made, used and closed on the worker's own thread.
      WorkerLocal<Handle<Txn<byte[]>>> reading =
          WorkerLocal.of(() -> environment.openConfined(LmdbTransactions::newReading, Txn::close));
      try (WorkerRuntime runtime =
          WorkerRuntime.builder().workers(WORKERS).spareWorkers(0).start()) {
        List<Task<Boolean>> writes =
            IntStream.range(0, WRITERS)
                .mapToObj(
                    part -> runtime.<Boolean>spawn(() -> write(environment, names, reading, part)))
                .toList();
        writes.forEach(Task::join);
        List<Task<Boolean>> reads =
            IntStream.range(0, NAMES)
                .mapToObj(id -> runtime.<Boolean>spawn(() -> isRead(names, reading, id)))
                .toList();
        long good = reads.stream().filter(Task::join).count();
        int slots = environment.<Integer, RuntimeException>with(raw -> raw.info().numReaders);
        System.out.println(
            NAMES
                + " tasks read "
                + good
                + " names, which "
                + WRITERS
                + " tasks wrote, with "
                + slots
                + " reader slots");
        // Before the transactions of the workers, which are still there.
        environment.close();
        System.out.println("closed, and " + (ended.getCount() == 0 ? "ended" : "still there"));
        if (good != NAMES || slots > WORKERS || ended.getCount() == 0) {
          throw new IllegalStateException("not all was read, or the environment ended early");
        }
      }
      System.out.println("after the runtime: " + (ended.getCount() == 0 ? "ended" : "still there"));
      if (ended.getCount() != 0) {
        throw new IllegalStateException("the environment did not end with its last transaction");
      }
    }
  }

  /** Makes a transaction that waits to be renewed, and keeps its slot meanwhile. */
  private static Txn<byte[]> newReading(Env<byte[]> environment) {
    Txn<byte[]> transaction = environment.txnRead();
    transaction.reset();
    return transaction;
  }

  private static boolean isRead(
      Dbi<byte[]> names, WorkerLocal<Handle<Txn<byte[]>>> reading, int id) {
    return reading.<Boolean>onOwner(handle ->
        handle.<Boolean, RuntimeException>with(transaction -> {
          transaction.renew();
          try {
            return Arrays.equals(name(id), names.get(transaction, key(id)));
          } finally {
            transaction.reset();
          }
        }));
  }

  /** Writes some of the names in one transaction, which is begun and committed on one thread. */
  private static boolean write(
      Handle<Env<byte[]>> environment,
      Dbi<byte[]> names,
      WorkerLocal<Handle<Txn<byte[]>>> worker,
      int part) {
    return worker.<Boolean>onOwner(_ -> {
      try (Handle<Txn<byte[]>> writing = environment.openConfined(Env::txnWrite, Txn::close)) {
        return writing.<Boolean, RuntimeException>with(transaction -> {
          for (int id = part; id < NAMES; id += WRITERS) {
            names.put(transaction, key(id), name(id));
          }
          transaction.commit();
          return true;
        });
      }
    });
  }

  private static byte[] name(int id) {
    return Users.nameOf(id).getBytes(UTF_8);
  }

  private static byte[] key(int id) {
    return Integer.toString(id).getBytes(UTF_8);
  }
}
