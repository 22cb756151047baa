// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testkit.SimulatedRuntime;
import dev.holdfast.testkit.SimulationFailure;
import dev.holdfast.testkit.schedule.Schedule;
import dev.holdfast.testkit.schedule.Strategy;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.TestAbortedException;

/** Runs a test of {@link SimulatedTest} in a simulation, in place of the one call by JUnit. */
final class SimulatedTestExtension implements InvocationInterceptor, ParameterResolver {

  /** The name of what sets the number of runs for all tests. */
  static final String SEEDS = "holdfast.simulation.seeds";

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(SimulatedTestExtension.class);

  /** The run that is made now; one for each test, whose runs are made one after the other. */
  private static final class Now {
    // Written and read by the run's own thread.
    @Nullable WorkerRuntime runtime;
  }

  private static Now now(ExtensionContext context) {
    return context.getStore(NAMESPACE).computeIfAbsent(Now.class, any -> new Now(), Now.class);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == WorkerRuntime.class;
  }

  /** Returns the runtime of the run; null for the call that JUnit prepares, which is not made. */
  @Override
  public @Nullable Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return now(context).runtime;
  }

  // JUnit's own calls before and after are not made: each run has its own.

  @Override
  public void interceptBeforeEachMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> call,
      ExtensionContext context) {
    invocation.skip();
  }

  @Override
  public void interceptAfterEachMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> call,
      ExtensionContext context) {
    invocation.skip();
  }

  @Override
  public void interceptTestMethod(
      Invocation<@Nullable Void> invocation,
      ReflectiveInvocationContext<Method> call,
      ExtensionContext context) {
    invocation.skip();
    SimulatedTest test =
        AnnotationSupport.findAnnotation(call.getExecutable(), SimulatedTest.class).orElseThrow();
    Instances instances = new Instances(context);
    Now now = now(context);
    SimulatedRuntime.Body body =
        runtime -> {
          now.runtime = runtime;
          instances.call(call.getExecutable());
        };
    try {
      SimulatedRuntime.Search seen = run(test, context, body);
      context.publishReportEntry("runs", seen.runs() + ", " + seen.turns() + " turns");
    } catch (SimulationFailure found) {
      if (found.getCause() instanceof TestAbortedException aborted) {
        throw aborted;
      }
      throw found.prefixed(advice(test, found));
    }
  }

  private static SimulatedRuntime.Search run(
      SimulatedTest test, ExtensionContext context, SimulatedRuntime.Body body) {
    SimulatedRuntime simulation;
    @Nullable Schedule schedule;
    try {
      simulation = builder(test, context).build();
      schedule = test.schedule().isEmpty() ? null : Schedule.parse(test.schedule());
    } catch (IllegalArgumentException e) {
      throw new ExtensionConfigurationException(
          "@SimulatedTest on " + context.getRequiredTestMethod() + ": " + e.getMessage(), e);
    }
    if (schedule != null) {
      return simulation.replay(schedule, body);
    }
    if (test.seed().length == 0) {
      return simulation.run(body);
    }
    long turns = 0;
    for (long seed : test.seed()) {
      turns += builder(test, context).seed(seed).build().run(body).turns();
    }
    return new SimulatedRuntime.Search(test.seed().length, turns, false);
  }

  private static SimulatedRuntime.Builder builder(SimulatedTest test, ExtensionContext context) {
    if (!test.schedule().isEmpty() && test.seed().length > 0) {
      throw new IllegalArgumentException(
          "it has both a seed and the schedule " + test.schedule() + ": leave one of them out");
    }
    Strategy.parse(test.strategy());
    SimulatedRuntime.Builder builder =
        SimulatedRuntime.builder()
            .workers(test.workers())
            .seeds(seeds(test, context))
            .turns(test.turns())
            .strategy(() -> Strategy.parse(test.strategy()));
    for (SimulationFailure.Kind each : test.tolerate()) {
      builder.tolerate(each);
    }
    return builder;
  }

  private static long seeds(SimulatedTest test, ExtensionContext context) {
    String all = context.getConfigurationParameter(SEEDS).orElse(null);
    if (all == null) {
      return test.seeds();
    }
    try {
      return Long.parseLong(all);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          SEEDS + " must be the number of runs, not '" + all + "'", e);
    }
  }

  private static String advice(SimulatedTest test, SimulationFailure found) {
    boolean bySeed = test.schedule().isEmpty() && Strategy.parse(test.strategy()).isSeeded();
    String also =
        (test.strategy().equals("random") || !bySeed
                ? ""
                : ", strategy = \"" + test.strategy() + "\"")
            + (test.workers() == 2 ? "" : ", workers = " + test.workers());
    return "to have this run again: @SimulatedTest("
        + (bySeed ? "seed = " + found.seed() + "L" : "schedule = \"" + found.schedule() + "\"")
        + also
        + ")\n";
  }
}
