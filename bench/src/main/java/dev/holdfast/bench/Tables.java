// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import dev.holdfast.bench.access.AccessTable;
import dev.holdfast.bench.batch.BatchTable;
import dev.holdfast.bench.memory.MemoryTable;
import dev.holdfast.bench.peers.PeerOutsiders;
import dev.holdfast.bench.pools.PoolsTable;
import dev.holdfast.bench.schedule.FairnessTable;
import dev.holdfast.bench.schedule.GrowthTable;
import dev.holdfast.bench.schedule.ScheduleTable;
import dev.holdfast.bench.shutdown.ShutdownTable;
import dev.holdfast.bench.world.JacksonTable;
import dev.holdfast.bench.world.WorldTable;
import java.util.List;
import java.util.function.Function;

/** The tables there are, in the order in which they are measured. */
final class Tables {

  /**
   * A table.
   *
   * @param name what the command is given
   * @param about what it is about, for {@code --help}
   * @param quick whether {@code --quick} without names measures it
   * @param open makes it ready to be measured
   */
  record Entry(String name, String about, boolean quick, Function<Config, Suite> open) {}

  /** Each table that can be named. */
  static final List<Entry> ALL =
      List.of(
          new Entry(
              AccessTable.NAME,
              "the forms of access, by JMH; with --quick only if it is named",
              false,
              AccessTable::new),
          new Entry(
              ScheduleTable.NAME,
              "spawning, yielding, handing over, beside Tokio and Go too",
              true,
              config -> new ScheduleTable(config, outsiders(config))),
          new Entry(
              FairnessTable.NAME,
              "the worst wait of a ready task beside busy ones",
              true,
              FairnessTable::new),
          new Entry(
              MemoryTable.NAME, "what tasks, locals and buffers take", true, MemoryTable::new),
          new Entry(ShutdownTable.NAME, "closing with tasks and without", true, ShutdownTable::new),
          new Entry(GrowthTable.NAME, "more tasks, more workers", true, GrowthTable::new),
          new Entry(
              BatchTable.NAME,
              "many keys for one call, beside a queue of futures and java-dataloader",
              false,
              BatchTable::new),
          new Entry(
              PoolsTable.NAME,
              "leases beside the object pools people have",
              false,
              PoolsTable::new),
          new Entry(WorldTable.NAME, "servers, documents, the demo", true, WorldTable::new),
          new Entry(
              JacksonTable.NAME,
              "Jackson with our pools and its own; with --quick only if it is named",
              false,
              JacksonTable::new));

  private Tables() {}

  /** Returns the peers in other processes. */
  private static Outsiders outsiders(Config config) {
    return new PeerOutsiders(config);
  }
}
