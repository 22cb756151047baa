// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.sanitizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.ForkedJvm;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the property says, and what a JVM that was started with it does. */
final class SanitizerTest {

  @Test
  void theValuesMeanWhatTheySay() {
    assertThat(Sanitizer.read(null)).isEqualTo(new Sanitizer.Setting(0, false, null));
    assertThat(Sanitizer.read("FALSE")).isEqualTo(new Sanitizer.Setting(0, false, null));
    assertThat(Sanitizer.read("true")).isEqualTo(new Sanitizer.Setting(1, false, null));
    assertThat(Sanitizer.read("sample"))
        .isEqualTo(new Sanitizer.Setting(Sanitizer.DEFAULT_EVERY, true, null));
    assertThat(Sanitizer.read("sample:10")).isEqualTo(new Sanitizer.Setting(10, true, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "yes", "sample:", "sample:0", "sample:-1", "sample:x", "sample:1000000001"})
  void anyOtherIsRefusedAndNamed(String value) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Sanitizer.check(Sanitizer.read(value)))
        .withMessageStartingWith("system property holdfast.sanitize must be 'true', 'false',")
        .withMessageEndingWith("not '" + value + "'");
  }

  /** Takes leases, and tells how many were tracked, or what was thrown. */
  static final class Taker {
    private Taker() {}

    public static void main(String[] args) throws Exception {
      WorkerLocal<StringBuilder> local = WorkerLocal.of(StringBuilder::new);
      try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
        AtomicInteger tracked = new AtomicInteger();
        runtime.run(() -> {
          for (int i = 0; i < 10_000; i++) {
            try (Lease<StringBuilder> lease = local.lease()) {
              if (lease.getClass().getSimpleName().equals("TrackedLease")) {
                tracked.incrementAndGet();
              }
            }
          }
          return null;
        });
        System.out.println("tracked " + tracked);
      } catch (IllegalArgumentException e) {
        System.out.println("refused " + e.getMessage());
      }
    }
  }

  private static String taken(String value) throws Exception {
    return ForkedJvm.run(List.of(ForkedJvm.OPENS, "-Dholdfast.sanitize=" + value), Taker.class)
        .lines()
        .getLast();
  }

  @Test
  void aWrongValueStopsTheStart() throws Exception {
    assertThat(taken("ture")).startsWith("refused ").endsWith("not 'ture'");
  }

  @Test
  void aSampleTracksOneInSoMany() throws Exception {
    String line = taken("sample:10");
    assertThat(line).startsWith("tracked ");
    // 1,000 on the average: the gaps are from 1 to 19.
    assertThat(Integer.parseInt(line.substring("tracked ".length()))).isBetween(800, 1_200);
  }

  @Test
  void nothingIsTrackedWhileItIsOff() throws Exception {
    assertThat(taken("false")).isEqualTo("tracked 0");
  }
}
