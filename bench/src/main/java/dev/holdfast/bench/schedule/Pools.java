// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.bench.Contestant;
import dev.holdfast.runtime.Tier;
import java.util.HashMap;
import java.util.Map;

/** What runs tasks, by the name of the contestant; each is started when it is first used. */
final class Pools implements AutoCloseable {

  private final Map<String, Carriers> started = new HashMap<>();

  /** Returns what a contestant runs on. */
  Carriers of(String peer) {
    return started.computeIfAbsent(peer, Pools::start);
  }

  /** Returns a runtime with so many workers. */
  Carriers ofWorkers(int workers) {
    return started.computeIfAbsent(
        Contestant.HOLDFAST + " " + workers, name -> Carriers.ofHoldfast(Tier.CARRIER, workers));
  }

  private static Carriers start(String peer) {
    return switch (peer) {
      case Contestant.HOLDFAST -> Carriers.ofHoldfast(Tier.CARRIER);
      case Contestant.OWNED -> Carriers.ofHoldfast(Tier.OWNED);
      case Contestant.JDK -> Carriers.ofJdk();
      case Contestant.FORK_JOIN -> Carriers.ofForkJoinPool();
      case Contestant.FIXED -> Carriers.ofFixedPool();
      default -> new None(peer);
    };
  }

  /** A floor brings what it needs. */
  private record None(String peer) implements Carriers {
    @Override
    public void start(Runnable body) {
      throw new UnsupportedOperationException(peer + " has nothing to start tasks on");
    }

    @Override
    public void close() {}
  }

  @Override
  public void close() {
    started.values().forEach(Carriers::close);
    started.clear();
  }
}
