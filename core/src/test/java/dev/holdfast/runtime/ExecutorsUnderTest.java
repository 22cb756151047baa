// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

/**
 * The executors that a conformance test runs against: ours with one and with three workers and in
 * the owned tier, and two of the JDK's, which show that the test asks for what the JDK does.
 */
final class ExecutorsUnderTest {

  private ExecutorsUnderTest() {}

  static Stream<Named<Supplier<ExecutorService>>> all() {
    return Stream.of(
        Named.of("holdfast, 1 worker", () -> WorkerRuntime.builder().workers(1).start()),
        Named.of("holdfast, 3 workers", () -> WorkerRuntime.builder().workers(3).start()),
        Named.of("holdfast, owned tier", () -> WorkerRuntime.builder().tier(Tier.OWNED).start()),
        Named.of("JDK, virtual thread per task", Executors::newVirtualThreadPerTaskExecutor),
        Named.of("JDK, cached thread pool", Executors::newCachedThreadPool));
  }

  /** A body that sleeps for ever unless it is interrupted, and lets that be seen. */
  static final class Sleeper implements Callable<String> {

    final CountDownLatch started = new CountDownLatch(1);
    final CountDownLatch interrupted = new CountDownLatch(1);
    final AtomicBoolean entered = new AtomicBoolean();

    @Override
    public String call() throws InterruptedException {
      entered.set(true);
      started.countDown();
      try {
        Thread.sleep(Duration.ofDays(1));
        return "slept for a day";
      } catch (InterruptedException e) {
        interrupted.countDown();
        throw e;
      }
    }

    /** Waits until this was interrupted, if it ever began. */
    void awaitInterruptIfEntered() throws InterruptedException {
      if (entered.get()) {
        interrupted.await();
      }
    }
  }
}
