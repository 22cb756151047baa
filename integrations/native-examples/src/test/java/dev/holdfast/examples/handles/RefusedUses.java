// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import dev.holdfast.local.EscapedReferenceException;
import dev.holdfast.local.Handle;
import java.nio.ByteBuffer;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.Txn;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksIterator;

/** Uses handles of real libraries as they would crash the JVM, and prints what it is told. */
final class RefusedUses {

  private RefusedUses() {}

  /** Runs all of them. */
  public static void main(String... args) throws Exception {
    try (TemporaryDirectory directory = TemporaryDirectory.create();
        Handle<RocksDB> database =
            Handle.ofShared(RocksRows.open(directory.path()), RocksDB::close)) {
      Handle<RocksIterator> rows =
          database.openConfined(RocksDB::newIterator, RocksIterator::close);
      rows.close();
      refuse(() -> rows.<Boolean, RuntimeException>with(RocksIterator::isValid));
      refuse(rows::close);
      refuse(() -> database.<RocksDB, RuntimeException>with(raw -> raw));
    }
    try (TemporaryDirectory directory = TemporaryDirectory.create();
        Handle<Env<ByteBuffer>> environment =
            Handle.ofShared(
                Env.create().setMapSize(1 << 20).setMaxDbs(1).open(directory.path().toFile()),
                Env::close)) {
      Dbi<ByteBuffer> names =
          environment.<Dbi<ByteBuffer>, RuntimeException>with(
              raw -> raw.openDbi("names", DbiFlags.MDB_CREATE));
      names.put(key(), key());
      try (Handle<Txn<ByteBuffer>> reading = environment.openConfined(Env::txnRead, Txn::close)) {
        refuse(() -> reading.<ByteBuffer, RuntimeException>with(raw -> names.get(raw, key())));
      }
    }
  }

  private static ByteBuffer key() {
    return ByteBuffer.allocateDirect(4).putInt(0, 1);
  }

  private static void refuse(Runnable use) {
    try {
      use.run();
      throw new IllegalStateException("was not refused");
    } catch (EscapedReferenceException e) {
      System.out.println(e.getMessage());
    }
  }
}
