// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.shutdown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.shutdown.ShutdownReport.Counts;
import dev.holdfast.shutdown.ShutdownReport.Failure;
import dev.holdfast.shutdown.ShutdownReport.Holder;
import dev.holdfast.shutdown.ShutdownReport.Kind;
import dev.holdfast.shutdown.ShutdownReport.Unlisted;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a report of given content says, each line of it. */
final class ReportTextTest {

  private static final StackTraceElement IN_THE_JDK = frame("java.lang.Thread", "sleep");
  private static final StackTraceElement DEEPER_IN_THE_JDK = frame("jdk.internal.Misc", "park");
  private static final StackTraceElement OF_THE_USER = frame("app.Orders", "send");
  private static final StackTraceElement FURTHER_OUT = frame("app.Main", "main");

  private static StackTraceElement frame(String type, String method) {
    return new StackTraceElement(type, method, type.replaceAll(".*\\.", "") + ".java", 7);
  }

  private static Holder holder(Kind kind, String name, StackTraceElement... stack) {
    return new Holder(kind, name, "task 'owner'", Duration.ofMillis(1_234), List.of(stack));
  }

  @Test
  @DisplayName("The text has a line for each failure, holder and leak, and for those not listed")
  void hasALineForEach() {
    ShutdownReport report =
        new ShutdownReport(
            ShutdownPhase.CANCELLING,
            Duration.ofMillis(250),
            5,
            3,
            List.of(new Failure(Kind.TASK, "order", "w-0", new IllegalStateException("no stock"))),
            List.of(holder(Kind.GUARD, "session", IN_THE_JDK, OF_THE_USER, FURTHER_OUT)),
            List.of(holder(Kind.LEASE, "buffer", OF_THE_USER), holder(Kind.LEASE, "codec")),
            new Counts(1, 2, 3, 4),
            new Unlisted(1, 2, 6));
    assertThat(report.toString().lines())
        .containsExactly(
            "shutdown CANCELLING after 250 ms: made 5, destroyed 3, failures 2;"
                + " alive: tasks 1, jobs 2, leases 3, guards 4",
            "  failed TASK 'order' on w-0: java.lang.IllegalStateException: no stock",
            "  failed ... and 1 more",
            "  holds GUARD 'session' of task 'owner', age 1234 ms, at"
                + " app.Orders.send(Orders.java:7)",
            "  holds ... and 2 more",
            "  leaked LEASE 'buffer' of task 'owner', age 1234 ms, at"
                + " app.Orders.send(Orders.java:7)",
            "  leaked LEASE 'codec' of task 'owner', age 1234 ms",
            "  leaked ... and 6 more");
  }

  @Test
  @DisplayName("The place of a holder is the user's innermost frame, else the innermost, if any")
  void placeIsTheUsers() {
    assertThat(holder(Kind.TASK, "t", IN_THE_JDK, OF_THE_USER, FURTHER_OUT).place())
        .contains(OF_THE_USER);
    assertThat(holder(Kind.TASK, "t", DEEPER_IN_THE_JDK, IN_THE_JDK).place())
        .contains(DEEPER_IN_THE_JDK);
    assertThat(holder(Kind.TASK, "t").place()).isEmpty();
  }

  @Test
  @DisplayName("Each phase is at least itself and those before it")
  void phasesAreInOrder() {
    for (ShutdownPhase phase : ShutdownPhase.values()) {
      for (ShutdownPhase other : ShutdownPhase.values()) {
        assertThat(phase.atLeast(other)).isEqualTo(phase.ordinal() >= other.ordinal());
      }
    }
  }
}
