// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import java.time.Duration;
import java.util.Objects;
import org.assertj.core.api.InstanceOfAssertFactories;

/** Runtimes whose blocking pool is looked at, and what is seen in it. */
final class BlockingPools {

  private static final Duration LONG = Duration.ofSeconds(25);

  private BlockingPools() {}

  /** Returns a builder with one worker. */
  static WorkerRuntime.Builder builder() {
    return WorkerRuntime.builder().name("pool").workers(1).spareWorkers(0);
  }

  /** Closes the runtime and checks that its pool is empty. */
  static void assertNothingLeft(WorkerRuntime runtime) {
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.terminated()).as(report.toString()).isTrue();
    assertThat(runtime)
        .extracting("jobs.queue", InstanceOfAssertFactories.COLLECTION)
        .as("queued jobs")
        .isEmpty();
    assertThat(runtime)
        .extracting("jobs.running", InstanceOfAssertFactories.MAP)
        .as("running jobs")
        .isEmpty();
    assertThat(runtime)
        .extracting("jobs.threads", InstanceOfAssertFactories.COLLECTION)
        .as("threads")
        .isEmpty();
    assertThat(number(runtime, "jobs.live")).as("live threads").isZero();
  }

  /** Waits until so many threads of the pool have nothing to do. */
  static void awaitIdle(WorkerRuntime runtime, int threads) {
    Await.until(threads + " threads are idle", () -> number(runtime, "jobs.idle") == threads);
  }

  /** Reads a number of the pool's. */
  static int number(WorkerRuntime runtime, String path) {
    return (Integer) Objects.requireNonNull(assertThat(runtime).extracting(path).actual());
  }
}
