// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.common.collect.ImmutableSet;
import com.google.errorprone.VisitorState;
import com.google.errorprone.bugpatterns.threadsafety.ThreadSafety;
import com.google.errorprone.bugpatterns.threadsafety.WellKnownMutability;
import com.google.errorprone.bugpatterns.threadsafety.WellKnownThreadSafety;
import com.google.errorprone.suppliers.Supplier;
import com.sun.tools.javac.code.Symbol;
import com.sun.tools.javac.code.Type;
import java.util.Set;

/** What is known of types: whether several threads may use an object of one at a time. */
final class Safety {

  private static final Supplier<WellKnownThreadSafety> KNOWN =
      VisitorState.memoize(
          state -> WellKnownThreadSafety.fromFlags(state.errorProneOptions().getFlags()));

  private static final Supplier<Set<String>> KNOWN_IMMUTABLE =
      VisitorState.memoize(state ->
          WellKnownMutability.fromFlags(state.errorProneOptions().getFlags())
              .getKnownImmutableClasses()
              .keySet());

  private static final Supplier<Set<String>> GIVEN =
      VisitorState.memoize(state ->
          ImmutableSet.copyOf(
              state.errorProneOptions().getFlags().getListOrEmpty("Holdfast:ThreadSafeTypes")));

  private Safety() {}

  /** Whether nothing can be changed in an object of that type: nobody minds who has it. */
  static boolean isImmutable(Type type, VisitorState state) {
    return type.isPrimitiveOrVoid()
        || type.tsym.getKind() == javax.lang.model.element.ElementKind.ENUM
        || KNOWN_IMMUTABLE.get(state).contains(type.tsym.flatName().toString())
        || isAnnotated(type.tsym, "Immutable");
  }

  /** Whether it is known that several threads may use an object of that type. */
  static boolean isThreadSafe(Type type, VisitorState state) {
    return isImmutable(type, state)
        || isGiven(type, state)
        || isAnnotated(type.tsym, "ThreadSafe")
        || !ThreadSafety.threadSafeBuilder(KNOWN.get(state))
            .build(state)
            .isThreadSafeType(true, ImmutableSet.of(), type)
            .isPresent();
  }

  private static boolean isGiven(Type type, VisitorState state) {
    Set<String> given = GIVEN.get(state);
    return !given.isEmpty()
        && state.getTypes().closure(type).stream()
            .anyMatch(each -> given.contains(each.tsym.getQualifiedName().toString()));
  }

  /** By its simple name: Error Prone, JCIP, javax and others have annotations of the same name. */
  private static boolean isAnnotated(Symbol type, String annotation) {
    return type.getRawAttributes().stream()
        .anyMatch(each -> each.type.tsym.getSimpleName().contentEquals(annotation));
  }
}
