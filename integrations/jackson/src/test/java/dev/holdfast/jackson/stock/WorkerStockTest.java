// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson.stock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.jackson.PoolOptions;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads without a worker use their place one after the other, and never wait for it. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WorkerStockTest {

  /** Something to lend. */
  private static final class Thing {
    private final Loan<Thing> loan;

    Thing(WorkerStock<Thing> stock) {
      loan = new Loan<>(stock, this);
    }
  }

  private final WorkerStock<Thing> stock =
      new WorkerStock<>(PoolOptions.defaults(), owner -> new Thing(owner).loan, _ -> 1);

  @Test
  void whoFindsThePlaceTakenMakesANewThing() {
    Thing kept = stock.take();
    stock.give(kept.loan);
    assertThat(whileLocked(stock::take)).isNotSameAs(kept);
    assertThat(stock.count()).isEqualTo(1);
    assertThat(stock.take()).isSameAs(kept);
  }

  @Test
  void whoFindsThePlaceTakenDropsTheThing() {
    Thing thing = stock.take();
    whileLocked(() -> {
      stock.give(thing.loan);
      return thing;
    });
    assertThat(stock.count()).isZero();
    assertThat(stock.take()).isNotSameAs(thing);
  }

  @Test
  void aClearDoesNotWaitEither() {
    stock.give(stock.take().loan);
    whileLocked(() -> {
      stock.clear();
      return stock;
    });
    assertThat(stock.count()).isZero();
  }

  /** Runs a body on another thread while the lock is held here. */
  private <T> T whileLocked(Supplier<T> body) {
    stock.outsideLock.lock();
    try {
      return CompletableFuture.supplyAsync(body, each -> Thread.ofPlatform().start(each)).join();
    } finally {
      stock.outsideLock.unlock();
    }
  }
}
