// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.junit;

import java.lang.annotation.Annotation;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExecutableInvoker;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;

/**
 * The instances of a test class that a run needs: those of the classes around a nested one first.
 */
final class Instances {

  private final ExtensionContext context;
  private final ExecutableInvoker invoker;

  Instances(ExtensionContext context) {
    this.context = context;
    this.invoker = context.getExecutableInvoker();
  }

  /** Calls a test method on new instances, and around it what is to be called before and after. */
  void call(Method test) throws Exception {
    List<Object> instances = make();
    Throwable failure = null;
    try {
      for (Object each : instances) {
        for (Method before : annotated(each, BeforeEach.class, HierarchyTraversalMode.TOP_DOWN)) {
          invoker.invoke(before, each);
        }
      }
      invoker.invoke(test, instances.getLast());
    } catch (Throwable e) {
      failure = e;
    }
    for (Object each : instances.reversed()) {
      for (Method after : annotated(each, AfterEach.class, HierarchyTraversalMode.BOTTOM_UP)) {
        try {
          invoker.invoke(after, each);
        } catch (Throwable e) {
          failure = joined(failure, e);
        }
      }
    }
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure != null) {
      throw (Exception) failure;
    }
  }

  private static Throwable joined(@Nullable Throwable first, Throwable second) {
    if (first == null) {
      return second;
    }
    first.addSuppressed(second);
    return first;
  }

  private List<Object> make() {
    List<Object> known = context.getRequiredTestInstances().getAllInstances();
    Optional<Lifecycle> lifecycle = context.getTestInstanceLifecycle();
    if (lifecycle.isPresent() && lifecycle.get() == Lifecycle.PER_CLASS) {
      return known;
    }
    List<Object> made = new ArrayList<>();
    Object outer = null;
    for (Object each : known) {
      // JUnit has seen to it that there is one.
      Constructor<?> constructor = each.getClass().getDeclaredConstructors()[0];
      outer = outer == null ? invoker.invoke(constructor) : invoker.invoke(constructor, outer);
      made.add(Objects.requireNonNull(outer));
    }
    return made;
  }

  private static List<Method> annotated(
      Object instance, Class<? extends Annotation> kind, HierarchyTraversalMode order) {
    return AnnotationSupport.findAnnotatedMethods(instance.getClass(), kind, order);
  }
}
