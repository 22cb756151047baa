// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import dev.holdfast.runtime.Tier;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.extension.AfterClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.BeforeClassTemplateInvocationCallback;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContext;
import org.junit.jupiter.api.extension.ClassTemplateInvocationContextProvider;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** The tests of a class run once in each tier: runtimes for which they demand none are of that. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ClassTemplate
@ExtendWith(EveryTier.Tiers.class)
public @interface EveryTier {

  /** A test of such a class that makes sense in one tier alone. */
  @Target(ElementType.METHOD)
  @Retention(RetentionPolicy.RUNTIME)
  @ExtendWith(OnlyInThatTier.class)
  @interface Only {
    /** Returns the tier. */
    Tier value();

    /** Returns why the other one is different. */
    String because();
  }

  /** Runs a class once for each tier. */
  final class Tiers implements ClassTemplateInvocationContextProvider {
    @Override
    public boolean supportsClassTemplate(ExtensionContext context) {
      return true;
    }

    @Override
    public Stream<? extends ClassTemplateInvocationContext> provideClassTemplateInvocationContexts(
        ExtensionContext context) {
      return Stream.of(Tier.values()).map(InTier::new);
    }
  }

  /** One run. */
  record InTier(Tier tier)
      implements ClassTemplateInvocationContext,
          BeforeClassTemplateInvocationCallback,
          AfterClassTemplateInvocationCallback {

    private static final String PROPERTY = "holdfast.tier";

    static Tier current() {
      return Tier.valueOf(System.getProperty(PROPERTY, Tier.CARRIER.name()));
    }

    @Override
    public String getDisplayName(int invocationIndex) {
      return tier.name();
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(this);
    }

    @Override
    public void beforeClassTemplateInvocation(ExtensionContext context) {
      System.setProperty(PROPERTY, tier.name());
    }

    @Override
    public void afterClassTemplateInvocation(ExtensionContext context) {
      System.clearProperty(PROPERTY);
    }
  }

  /** Leaves a test out in the other tier. */
  final class OnlyInThatTier implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      Only only =
          AnnotationSupport.findAnnotation(context.getElement(), Only.class)
              .orElseThrow(() -> new IllegalStateException("no @Only on " + context));
      return only.value() == InTier.current()
          ? ConditionEvaluationResult.enabled("of this tier")
          : ConditionEvaluationResult.disabled(only.because());
    }
  }
}
