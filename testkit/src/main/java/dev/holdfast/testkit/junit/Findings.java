// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.shutdown.ShutdownReport.Holder;
import dev.holdfast.shutdown.ShutdownReport.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/** What is wrong with how a runtime ended, each in a sentence. */
final class Findings {

  private Findings() {}

  /**
   * Judges a close.
   *
   * @param report what the close says
   * @param alive what had not ended at the deadline
   * @param deadline how long it was let drain
   * @param uncaught what was thrown and nobody waits for
   * @param left threads of the runtime that are alive though it has terminated
   */
  static List<String> of(
      ShutdownReport report,
      List<Holder> alive,
      Duration deadline,
      List<Throwable> uncaught,
      List<Thread> left) {
    List<String> findings = new ArrayList<>();
    if (!report.terminated()) {
      findings.add(
          "the close has come to "
              + report.phase()
              + " only, within "
              + deadline
              + ": end all that was begun before the test ends");
      alive.forEach(holder -> findings.add("  still alive: " + words(holder)));
    }
    for (Holder leak : report.leaks()) {
      findings.add("left open: " + words(leak) + ": close it, as by try-with-resources");
    }
    if (report.terminated() && report.made() != report.destroyed()) {
      findings.add(
          "not all values were destroyed: "
              + report.made()
              + " were made, "
              + report.destroyed()
              + " destroyed");
    }
    for (ShutdownReport.Failure each : report.failures()) {
      if (!isObeyed(each)) {
        findings.add(
            "failed: "
                + each.kind()
                + " '"
                + each.name()
                + "' on "
                + each.owner()
                + ": "
                + each.cause());
      }
    }
    for (Throwable each : uncaught) {
      findings.add("thrown, and nobody waits for it: " + each);
    }
    for (Thread each : left) {
      findings.add("the runtime has terminated, and its thread is alive: " + each);
    }
    return findings;
  }

  /** Says whether a task only ended as it was told to. */
  private static boolean isObeyed(ShutdownReport.Failure failure) {
    boolean ofWork = failure.kind() == Kind.TASK || failure.kind() == Kind.JOB;
    return ofWork
        && (failure.cause() instanceof InterruptedException
            || failure.cause() instanceof CancellationException);
  }

  private static String words(Holder holder) {
    return holder.kind()
        + " '"
        + holder.name()
        + "' of "
        + holder.owner()
        + holder.place().map(frame -> ", at " + frame).orElse("");
  }

  /** Returns the platform threads of a runtime that are alive, after having waited for them. */
  static List<Thread> threadsLeft(String runtime, Duration patience) throws InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    List<Thread> left = new ArrayList<>();
    for (Thread each : Thread.getAllStackTraces().keySet()) {
      if (each.getName().startsWith(runtime + "-")) {
        // The runtime has joined its own; another one may be on its way.
        long nanos = Math.max(1, until - System.nanoTime());
        if (!each.join(Duration.ofNanos(nanos))) {
          left.add(each);
        }
      }
    }
    return left;
  }
}
