// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.PlaceTracking;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.EveryTier;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/**
 * The place that a report names begins with the line of the user's that took the lease or guard.
 */
@Tag("S6")
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class PlaceOfTakingTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private final WorkerLocal<StringBuilder> buffer =
      WorkerLocal.builder(StringBuilder::new).name("buffer").build();

  private static WorkerRuntime runtime(PlaceTracking tracking) {
    return WorkerRuntime.builder().workers(1).placeTracking(tracking).start();
  }

  private Lease<StringBuilder> takeLease() {
    return buffer.lease();
  }

  private Guard<StringBuilder> takeGuard() {
    return buffer.guard();
  }

  private static void assertTakenIn(ShutdownReport.Holder holder, String method) {
    assertThat(holder.stack().getFirst().getClassName())
        .isEqualTo(PlaceOfTakingTest.class.getName());
    assertThat(holder.stack().getFirst().getMethodName()).isEqualTo(method);
  }

  @Test
  @DisplayName("S6: a leaked lease is reported with the user's line that took it")
  void aLeakedLeaseNamesTheLineThatTookIt() throws Exception {
    WorkerRuntime runtime = runtime(PlaceTracking.ALL);
    runtime.run(() -> {
      takeLease();
      return null;
    });
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.leaks()).hasSize(1);
    assertTakenIn(report.leaks().getFirst(), "takeLease");
  }

  @Test
  @DisplayName("S6: an open guard is reported with the user's line that took it")
  void anOpenGuardNamesTheLineThatTookIt() throws Exception {
    WorkerRuntime runtime = runtime(PlaceTracking.ALL);
    Guard<StringBuilder> guard = runtime.run(this::takeGuard);
    ShutdownReport held = runtime.shutdown(Duration.ZERO, Duration.ZERO);
    guard.close();
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    // The task that took it has handed out its result, and may yet be seen at its end.
    var guards =
        held.holders().stream().filter(h -> h.kind() == ShutdownReport.Kind.GUARD).toList();
    assertThat(guards).hasSize(1);
    assertTakenIn(guards.getFirst(), "takeGuard");
  }

  @Test
  @DisplayName("S6: without tracking a leak is reported with its name and no place")
  @DisabledIfSystemProperty(
      named = "holdfast.sanitize",
      matches = "true",
      disabledReason = "the sanitiser records each place")
  void aPlaceThatWasNotRecordedIsEmpty() throws Exception {
    WorkerRuntime runtime = runtime(PlaceTracking.NONE);
    runtime.run(() -> {
      takeLease();
      return null;
    });
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.leaks()).hasSize(1);
    assertThat(report.leaks().getFirst().stack()).isEmpty();
    assertThat(report.leaks().getFirst().name()).isEqualTo("buffer");
  }
}
