// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.ForkedJvm;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** The first use of everything in a JVM, by tasks. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class FirstUseTest {

  /** A class with an initialiser, and the thread that runs it, in the log of the JVM. */
  private static final Pattern INITIALIZING =
      Pattern.compile(".* Initializing '(dev/holdfast/[^']*)' \\(.* by thread \"(.*)\"");

  @Test
  @Tag("S63")
  @DisplayName(
      "S63: no class of the library is initialised in a task, whose stack may end in there")
  void noClassIsInitialisedInATask() throws Exception {
    ForkedJvm.Outcome outcome =
        ForkedJvm.run(List.of(ForkedJvm.OPENS, "-Xlog:class+init=info"), EveryForm.class);
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.lines())
        .as("what the log tells")
        .map(INITIALIZING::matcher)
        .filteredOn(Matcher::matches)
        .extracting(match -> match.group(1) + " by " + match.group(2))
        .contains(
            "dev/holdfast/local/LeasePool by main",
            "dev/holdfast/local/GuardEntry by main",
            "dev/holdfast/slot/Registry by main");
    assertThat(outcome.lines())
        .map(INITIALIZING::matcher)
        .filteredOn(Matcher::matches)
        // The monitor's stack is shallow.
        .filteredOn(match -> !match.group(2).matches("main|.*-monitor"))
        .extracting(match -> match.group(1) + " by " + match.group(2))
        .isEmpty();
  }

  /** Uses every form of access, waits, wakes and starts. */
  static final class EveryForm {
    public static void main(String[] arguments) throws Exception {
      WorkerLocal<StringBuilder> local = WorkerLocal.of(StringBuilder::new);
      try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
        runtime.run(() -> {
          local.update(value -> value.append('w'));
          local.ref().get().append('r');
          local.onOwner(value -> value.append('o'));
          try (Lease<StringBuilder> lease = local.lease();
              Guard<StringBuilder> guard = local.guard()) {
            Thread.sleep(2);
            lease.get().append(guard.get());
          }
          runtime.spawnBlocking(() -> 1).join();
          Thread.ofVirtual().start(() -> {}).join();
          return runtime.spawn(() -> 2).join();
        });
      }
    }
  }
}
