// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import dev.holdfast.examples.Examples;
import java.util.List;

/** What {@code holdfast example} lists of this module. */
public final class HandleExamples implements Examples.More {

  /** For the service loader. */
  public HandleExamples() {}

  @Override
  public List<Examples.Example> examples() {
    return List.of(
        new Examples.Example(
            "sqlite-connections",
            "a connection for each worker, whose statements end before it",
            SqliteConnections::main),
        new Examples.Example(
            "sqlite-batch",
            "10,000 tasks that read users by id, with a query each and with batches",
            SqliteBatch::main),
        new Examples.Example(
            "rocksdb-iterators",
            "iterators and snapshots that end before their database",
            RocksIterators::main),
        new Examples.Example(
            "lmdb-transactions",
            "transactions that belong to a thread, from 10,000 tasks",
            LmdbTransactions::main),
        new Examples.Example(
            "zstd-contexts", "contexts of a compressor, leased from workers", ZstdContexts::main));
  }
}
