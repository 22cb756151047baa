// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.junit;

import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.Recipe;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs a test of {@link DoomsdayTest} once for each scenario. */
final class DoomsdayExtension implements TestTemplateInvocationContextProvider {

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return true;
  }

  @Override
  public Stream<? extends TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    DoomsdayTest test =
        AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), DoomsdayTest.class)
            .orElseThrow();
    Doomsday audit;
    try {
      audit =
          Doomsday.of(adapter(test, context.getRequiredTestClass()))
              .rounds(test.rounds())
              .seed(test.seed());
    } catch (IllegalArgumentException e) {
      throw new ExtensionConfigurationException(
          "@DoomsdayTest on " + context.getRequiredTestMethod() + ": " + e.getMessage(), e);
    }
    if (test.scenarios().length > 0) {
      audit.scenarios(test.scenarios());
    }
    List<Scenario> scenarios = audit.scenarios();
    if (scenarios.isEmpty()) {
      throw new ExtensionConfigurationException(
          "@DoomsdayTest on "
              + context.getRequiredTestMethod()
              + ": none of the scenarios "
              + Arrays.toString(test.scenarios())
              + " applies to this runtime");
    }
    return scenarios.stream().map(scenario -> new OfScenario(audit, scenario));
  }

  private static RuntimeAdapter adapter(DoomsdayTest test, Class<?> testClass) {
    boolean byClass = test.adapter() != RuntimeAdapter.class;
    if (byClass == !test.value().isEmpty()) {
      throw new IllegalArgumentException(
          byClass
              ? "it names both the method '" + test.value() + "' and the adapter " + test.adapter()
              : "it names neither a method nor an adapter");
    }
    String recipe = byClass ? test.adapter().getName() : testClass.getName() + "#" + test.value();
    return Recipe.make(recipe, testClass.getClassLoader());
  }

  /** One run of the method. */
  private static final class OfScenario
      implements TestTemplateInvocationContext, BeforeTestExecutionCallback, ParameterResolver {

    private final Doomsday audit;
    private final Scenario scenario;

    // Set by the one thread that runs the test.
    private @Nullable ScenarioResult result;

    OfScenario(Doomsday audit, Scenario scenario) {
      this.audit = audit;
      this.scenario = scenario;
    }

    @Override
    public String getDisplayName(int index) {
      return scenario.id() + ": " + scenario.words();
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(this);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
      return parameter.getParameter().getType() == ScenarioResult.class;
    }

    @Override
    public ScenarioResult resolveParameter(ParameterContext parameter, ExtensionContext context) {
      return result();
    }

    /** Nobody else looks at the result where the method does not take it. */
    @Override
    public void beforeTestExecution(ExtensionContext context) {
      if (context.getRequiredTestMethod().getParameterCount() == 0) {
        result().assertSafe();
      }
    }

    private ScenarioResult result() {
      ScenarioResult known = result;
      if (known == null) {
        try {
          known = audit.run(scenario);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new AssertionError("interrupted in the midst of an audit", e);
        }
        result = known;
      }
      return known;
    }
  }
}
