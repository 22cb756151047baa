// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That a log which always throws, as one whose disk is full, keeps nothing from being done. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class FailingLogTest {

  private static final int LEAKS = 4;

  private final Logger log = Logger.getLogger("dev.holdfast");
  private final List<Throwable> told = new CopyOnWriteArrayList<>();
  private final Handler failing =
      new Handler() {
        @Override
        public void publish(LogRecord entry) {
          throw new IllegalStateException("the disk is full");
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };

  @BeforeEach
  void fail() {
    log.addHandler(failing);
  }

  @AfterEach
  void restore() {
    log.removeHandler(failing);
  }

  @Test
  @Tag("S6")
  @DisplayName("S6: each lease that a task forgot is taken from it, told of, and reported")
  void everyLeakIsSeenTo() throws Exception {
    List<ShutdownReport.Holder> leaked = new CopyOnWriteArrayList<>();
    WorkerLocal<Object> local =
        WorkerLocal.builder(Object::new).name("forgotten").leases(LEAKS).build();
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(1)
            .listener(
                new RuntimeListener() {
                  @Override
                  public void leaked(ShutdownReport.Holder leak) {
                    leaked.add(leak);
                  }
                })
            .uncaughtExceptionHandler((thread, failure) -> told.add(failure))
            .start();
    runtime.run(() -> {
      for (int i = 0; i < LEAKS; i++) {
        local.lease();
      }
      return null;
    });
    // All values are out unless the first task's were taken from it.
    runtime.run(() -> {
      try (Lease<Object> lease = local.lease()) {
        return lease.get();
      }
    });
    ShutdownReport report = runtime.shutdown(Duration.ZERO, Duration.ofSeconds(20));
    assertThat(report.terminated()).isTrue();
    assertThat(report.leaks()).hasSize(LEAKS);
    assertThat(leaked).hasSize(LEAKS);
    assertThat(told).hasSize(LEAKS).allMatch(each -> each.getMessage().equals("the disk is full"));
  }

  @Test
  @Tag("S27")
  @DisplayName("S27: a close that misses its deadline returns")
  void aLateCloseReturns() throws Exception {
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(1)
            .drainDeadline(Duration.ZERO)
            .cancelDeadline(Duration.ZERO)
            .uncaughtExceptionHandler((thread, failure) -> told.add(failure))
            .start();
    WorkerLocal<Object> local = WorkerLocal.of(Object::new);
    Guard<Object> guard = runtime.run(local::guard);
    runtime.close();
    assertThat(told)
        .singleElement()
        .satisfies(each -> assertThat(each).hasMessage("the disk is full"));
    guard.close();
    assertThat(runtime.shutdown(Duration.ZERO, Duration.ofSeconds(20)).terminated()).isTrue();
  }
}
