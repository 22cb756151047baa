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
  @DisplayName("S63: no class of the library is initialised where the stack or the memory may end")
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
            "dev/holdfast/local/GuardPlace by main",
            "dev/holdfast/slot/Registry by main");
    assertThat(outcome.lines())
        .map(INITIALIZING::matcher)
        .filteredOn(Matcher::matches)
        .filteredOn(match -> !match.group(2).equals("main"))
        .extracting(match -> match.group(1) + " by " + match.group(2))
        .isEmpty();
  }

  /** Uses every form of access, waits, wakes, starts and leaves something behind. */
  static final class EveryForm {
    public static void main(String[] arguments) throws Exception {
      WorkerLocal<StringBuilder> local =
          WorkerLocal.of(
              StringBuilder::new,
              value -> {
                throw new IllegalStateException("a destructor that fails");
              });
      WorkerLocal<StringBuilder> few = fewLeases(LeaseOverflow.FAIL);
      WorkerLocal<StringBuilder> some = fewLeases(LeaseOverflow.TEMPORARY);
      TaskLocal<StringBuilder> shared = TaskLocal.builder(StringBuilder::new).shared().build();
      TaskLocal<StringBuilder> copied =
          TaskLocal.builder(StringBuilder::new).copied(StringBuilder::new).build();
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
          for (WorkerLocal<StringBuilder> each : List.of(few, some)) {
            try (Lease<StringBuilder> only = each.lease();
                Lease<StringBuilder> another = each.lease()) {
              another.get().append(only.get());
            } catch (LeaseUnavailableException e) {
              // One of them is set to fail.
            }
          }
          shared.get().append('s');
          copied.get().append('c');
          runtime.spawn(shared.bind(new StringBuilder(), copied::get)).join();
          ContextSnapshot.capture().run(shared::get);
          runtime.threadFactory().newThread(shared::get).start();
          leave(local);
          runtime.spawnBlocking(() -> 1).join();
          Thread.ofVirtual().start(() -> {}).join();
          return runtime.spawn(() -> 2).join();
        });
      }
    }

    private static WorkerLocal<StringBuilder> fewLeases(LeaseOverflow overflow) {
      return WorkerLocal.builder(StringBuilder::new).leases(1).overflow(overflow).build();
    }

    @SuppressWarnings("MustBeClosedChecker") // a leak is what is looked at
    private static void leave(WorkerLocal<StringBuilder> local) {
      local.lease().get().append('l');
    }
  }
}
