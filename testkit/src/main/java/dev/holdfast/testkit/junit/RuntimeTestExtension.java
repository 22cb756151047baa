// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import dev.holdfast.runtime.Tier;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/** Runs a test of {@link RuntimeTest} once for each tier and number of workers. */
final class RuntimeTestExtension implements TestTemplateInvocationContextProvider {

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return true;
  }

  @Override
  public Stream<? extends TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    RuntimeTest test =
        AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), RuntimeTest.class)
            .orElseThrow();
    if (test.tiers().length == 0 || test.workers().length == 0 || test.deadlineSeconds() < 1) {
      throw new ExtensionConfigurationException(
          "@RuntimeTest on "
              + context.getRequiredTestMethod()
              + " needs a tier, a number of workers and a deadline of at least a second, and has "
              + Arrays.toString(test.tiers())
              + ", "
              + Arrays.toString(test.workers())
              + " and "
              + test.deadlineSeconds());
    }
    Duration deadline = Duration.ofSeconds(test.deadlineSeconds());
    Stream.Builder<RuntimeUnderTest> all = Stream.builder();
    for (Tier tier : test.tiers()) {
      for (int workers : test.workers()) {
        all.add(new RuntimeUnderTest(tier, workers, test.spareWorkers(), deadline));
      }
    }
    return all.build();
  }
}
