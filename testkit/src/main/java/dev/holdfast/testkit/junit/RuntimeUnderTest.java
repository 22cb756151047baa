// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import java.lang.reflect.Constructor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;

/** One run of a test's method: with a runtime, which is closed and judged afterwards. */
final class RuntimeUnderTest
    implements TestTemplateInvocationContext,
        BeforeEachCallback,
        AfterEachCallback,
        ParameterResolver {

  private static final AtomicInteger NUMBER = new AtomicInteger();

  /** How long to wait for what is cancelled, so that the next test finds a quiet machine. */
  private static final Duration CLEAN_UP = Duration.ofSeconds(1);

  private final Tier tier;
  private final int workers;
  private final int spares;
  private final Duration deadline;

  // Added to by any thread, read after the close.
  private final List<Throwable> uncaught = Collections.synchronizedList(new ArrayList<>());

  private final String name = "test-" + NUMBER.incrementAndGet();
  private final Unended unended = new Unended(name);

  // By the one thread that runs the test.
  private @Nullable WorkerRuntime runtime;

  RuntimeUnderTest(Tier tier, int workers, int spares, Duration deadline) {
    this.tier = tier;
    this.workers = workers;
    this.spares = spares;
    this.deadline = deadline;
  }

  @Override
  public String getDisplayName(int index) {
    return words();
  }

  private String words() {
    return tier.name().toLowerCase(Locale.ROOT)
        + " tier, "
        + workers
        + (workers == 1 ? " worker" : " workers");
  }

  @Override
  public List<Extension> getAdditionalExtensions() {
    return List.of(this);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    runtime =
        WorkerRuntime.builder()
            .name(name)
            .tier(tier)
            .workers(workers)
            .spareWorkers(spares)
            .listener(unended)
            .uncaughtExceptionHandler((thread, failure) -> uncaught.add(failure))
            .start();
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    // A constructor that fails would leave the runtime open.
    return parameter.getParameter().getType() == WorkerRuntime.class
        && !(parameter.getDeclaringExecutable() instanceof Constructor);
  }

  @Override
  public WorkerRuntime resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return Objects.requireNonNull(runtime);
  }

  @Override
  public void afterEach(ExtensionContext context) throws InterruptedException {
    WorkerRuntime its = runtime;
    if (its == null) {
      return;
    }
    ShutdownReport report = its.shutdown(deadline, Duration.ZERO);
    List<Thread> left = List.of();
    if (report.terminated()) {
      left = Findings.threadsLeft(its.name(), CLEAN_UP);
    } else {
      its.shutdown(Duration.ZERO, CLEAN_UP);
    }
    List<String> findings =
        Findings.of(report, unended.with(report.holders()), deadline, List.copyOf(uncaught), left);
    if (!findings.isEmpty()) {
      throw failure(report, findings);
    }
  }

  private AssertionError failure(ShutdownReport report, List<String> findings) {
    AssertionError failure =
        new AssertionError(
            "the test has left a runtime ("
                + words()
                + ") that did not end well:\n  "
                + String.join("\n  ", findings));
    uncaught.forEach(failure::addSuppressed);
    report.failures().forEach(each -> failure.addSuppressed(each.cause()));
    return failure;
  }
}
