// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** A RocksDB with rows in a file, where iterators have something to point into. */
public final class RocksRows {

  /** How many rows there are at first. */
  public static final int COUNT = 10_000;

  private RocksRows() {}

  /** Makes one in a directory. */
  public static RocksDB open(Path directory) throws RocksDBException {
    RocksDB.loadLibrary();
    try (Options options = new Options().setCreateIfMissing(true);
        FlushOptions flush = new FlushOptions()) {
      RocksDB database = RocksDB.open(options, directory.toString());
      put(database, 0, COUNT);
      database.flush(flush);
      return database;
    }
  }

  /** Adds rows. */
  static void put(RocksDB database, int from, int to) throws RocksDBException {
    for (int i = from; i < to; i++) {
      database.put("row %05d".formatted(i).getBytes(StandardCharsets.US_ASCII), new byte[100]);
    }
  }
}
