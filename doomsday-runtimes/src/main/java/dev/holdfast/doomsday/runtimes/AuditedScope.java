// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.ArmedValue;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Work;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A structured scope under audit: its owner is a thread of its own, which forks what is submitted
 * to it, as only the owner may.
 */
final class AuditedScope implements AuditedRuntime {

  private static final String JOIN = "join, close";
  private static final String CANCEL = "cancel, close";

  static final List<String> WAYS = List.of(JOIN, CANCEL);

  private final ScopeCalls calls = new ScopeCalls();
  private final Setup setup;

  // The works to fork, in order, and then none.
  private final BlockingQueue<Optional<Forked>> orders = new LinkedBlockingQueue<>();

  // The owner's; opened before the scope is, closed after it.
  private final CompletableFuture<List<ArmedValue>> resources = new CompletableFuture<>();
  private final CompletableFuture<Object> scope = new CompletableFuture<>();
  private final CountDownLatch over = new CountDownLatch(1);

  // Guarded by this: after it nothing is added to the orders.
  private boolean ending;

  // Set by who ends the scope, read by the scope's joiner.
  private volatile boolean cancelled;

  AuditedScope(Setup setup) {
    this.setup = setup;
    Thread.ofPlatform().daemon().name("scope-owner").start(this::own);
  }

  /** A work that was submitted, and the subtask that it has become. */
  private final class Forked implements Receipt {

    private final Runnable body;

    // Written by the owner, read by any thread.
    private volatile @Nullable Object subtask;

    Forked(Runnable body) {
      this.body = body;
    }

    void fork(Object into) {
      subtask = calls.fork(into, body);
    }

    /** Who has closed a scope knows of each subtask whether it came to its end. */
    @Override
    public boolean told() {
      Object forked = subtask;
      return over.getCount() == 0 && (forked == null || calls.unavailable(forked));
    }
  }

  /** What the owner does: a try-with-resources statement around another. */
  private void own() {
    List<ArmedValue> opened =
        IntStream.range(0, Work.SLOTS)
            .mapToObj(slot -> setup.armory().make("slot " + slot))
            .toList();
    resources.complete(opened);
    Object mine = calls.open(() -> cancelled);
    scope.complete(mine);
    try {
      for (Optional<Forked> order = next(); order.isPresent(); order = next()) {
        order.get().fork(mine);
      }
      calls.join(mine);
    } finally {
      calls.close(mine);
      for (ArmedValue value : opened.reversed()) {
        close(value);
      }
      over.countDown();
    }
  }

  private Optional<Forked> next() {
    while (true) {
      try {
        return orders.take();
      } catch (InterruptedException e) {
        // Nobody interrupts the owner but to give the round up: it goes on to the end.
        cancelled = true;
      }
    }
  }

  private static void close(ArmedValue value) {
    try {
      value.close();
    } catch (RuntimeException e) {
      // As a try-with-resources statement, which closes the others all the same.
      Thread.currentThread().setUncaughtExceptionHandler((thread, failure) -> {});
    }
  }

  @Override
  public Reference reference(int slot) {
    ArmedValue value = resources.join().get(slot);
    return () -> value;
  }

  @Override
  public Receipt submit(Work work) {
    return order(work);
  }

  private synchronized Receipt order(Runnable body) {
    if (ending) {
      throw new RejectedExecutionException("the owner is closing the scope");
    }
    Forked forked = new Forked(body);
    orders.add(Optional.of(forked));
    return forked;
  }

  @Override
  public Ending shutDown(String way, Duration limit) throws InterruptedException {
    if (Thread.currentThread().isVirtual()) {
      // A subtask may not: this throws.
      calls.close(scope.join());
    }
    end(way);
    return over.await(limit.toNanos(), TimeUnit.NANOSECONDS) ? Ending.COMPLETE : Ending.TIMED_OUT;
  }

  private synchronized void end(String way) {
    if (way.equals(CANCEL)) {
      cancelled = true;
    }
    if (!ending) {
      if (cancelled) {
        // The subtask whose end cancels the scope.
        orders.add(Optional.of(new Forked(() -> {})));
      }
      ending = true;
      orders.add(Optional.empty());
    }
  }
}
