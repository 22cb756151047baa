// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.batch;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line;
import dev.holdfast.bench.Line.Aim;
import dev.holdfast.bench.Sampler;
import dev.holdfast.bench.Suite;
import dev.holdfast.runtime.Tier;
import java.util.ArrayList;
import java.util.List;

/**
 * The table of batches: as many tasks as a batch has keys ask for a value each, again and again,
 * and a function that does next to nothing answers them together.
 */
public final class BatchTable implements Suite {

  /** The name of the table. */
  public static final String NAME = "batch";

  /** Those who collect by hand: a queue of requests, each with its future. */
  static final String FUTURES = "queue-futures";

  /** Those who load by java-dataloader. */
  static final String DATALOADER = "java-dataloader";

  /** The aim is stated for this size. */
  private static final int USUAL = 16;

  private static final double WANTED = 3;

  private final Batching holdfast = Batching.ofHoldfast(Tier.CARRIER);
  private final Batching owned = Batching.ofHoldfast(Tier.OWNED);
  private final Batching futures = Batching.ofFutures();
  private final Batching dataloader = Batching.ofDataLoader();
  private final List<Line> lines = new ArrayList<>();

  /** Makes the table, and starts the runtimes. */
  public BatchTable(Config config) {
    for (int size = 1; size <= 64; size *= 2) {
      lines.add(line(config, size));
    }
  }

  private Line line(Config config, int size) {
    int values = config.pick(16_384, 4_096, 128);
    List<Contestant> contestants =
        List.of(
            new Contestant(Contestant.HOLDFAST, sampler(config, holdfast, size, values)),
            new Contestant(Contestant.OWNED, sampler(config, owned, size, values)),
            new Contestant(FUTURES, sampler(config, futures, size, values)),
            new Contestant(DATALOADER, sampler(config, dataloader, size, values)));
    List<Aim> aims =
        size == USUAL
            ? List.of(Aim.speedup(FUTURES, WANTED), Aim.speedup(DATALOADER, WANTED))
            : List.of();
    return new Line("batch of " + size, "ns per value", contestants, aims);
  }

  private static Sampler sampler(Config config, Batching batching, int size, int values) {
    return Sampler.nanosPer(values, 3, config, () -> batching.run(size, values));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "As many tasks as a batch has keys ask for one value after another, each waiting for its"
        + " own; a function answers all that have come together, and does next to nothing. The ratio"
        + " is the peer's number by ours, above 1 we are faster.";
  }

  @Override
  public List<Line> lines() {
    return lines;
  }

  @Override
  public List<String> notes() {
    return List.of(
        "holdfast: BatchQueue.get on two workers, whose batches are what has come by the time the"
            + " function begins",
        FUTURES
            + ": an ArrayBlockingQueue of keys with a CompletableFuture each, which a virtual thread"
            + " drains; tasks on the JDK's scheduler",
        DATALOADER
            + ": load and join without its cache, dispatched by the task whose key fills the batch;"
            + " tasks on the JDK's scheduler",
        "what each does is the least that it can: nobody waits for a batch to fill up, but "
            + DATALOADER
            + ", which knows how many keys will come");
  }

  @Override
  public void close() {
    holdfast.close();
    owned.close();
    futures.close();
    dataloader.close();
  }
}
