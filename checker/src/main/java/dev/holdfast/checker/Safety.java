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
import javax.lang.model.element.ElementKind;
import javax.lang.model.type.TypeKind;
import org.jspecify.annotations.Nullable;

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

  /** Classes, with their subclasses, that are for one thread at a time. */
  private static final Set<String> UNSAFE =
      Set.of(
          "com.fasterxml.jackson.core.JsonGenerator",
          "com.fasterxml.jackson.core.JsonParser",
          "java.lang.StringBuilder",
          "java.nio.Buffer",
          "java.nio.charset.CharsetDecoder",
          "java.nio.charset.CharsetEncoder",
          "java.security.MessageDigest",
          "java.security.Signature",
          "java.text.BreakIterator",
          "java.text.DateFormat",
          "java.text.MessageFormat",
          "java.text.NumberFormat",
          "java.util.ArrayDeque",
          "java.util.ArrayList",
          "java.util.BitSet",
          "java.util.Calendar",
          "java.util.DoubleSummaryStatistics",
          "java.util.EnumMap",
          "java.util.EnumSet",
          "java.util.Formatter",
          "java.util.HashMap",
          "java.util.HashSet",
          "java.util.IdentityHashMap",
          "java.util.IntSummaryStatistics",
          "java.util.Iterator",
          "java.util.LinkedList",
          "java.util.LongSummaryStatistics",
          "java.util.PriorityQueue",
          "java.util.Scanner",
          "java.util.SplittableRandom",
          "java.util.StringJoiner",
          "java.util.TreeMap",
          "java.util.TreeSet",
          "java.util.WeakHashMap",
          "java.util.regex.Matcher",
          "java.util.zip.Adler32",
          "java.util.zip.CRC32",
          "java.util.zip.CRC32C",
          "java.util.zip.Deflater",
          "java.util.zip.Inflater",
          "javax.crypto.Cipher",
          "javax.crypto.Mac",
          "javax.xml.parsers.DocumentBuilder",
          "javax.xml.parsers.SAXParser",
          "javax.xml.stream.XMLStreamReader",
          "javax.xml.stream.XMLStreamWriter",
          "javax.xml.transform.Transformer",
          "javax.xml.validation.Validator",
          "javax.xml.xpath.XPath",
          "tools.jackson.core.JsonGenerator",
          "tools.jackson.core.JsonParser");

  private Safety() {}

  /** Whether nothing can be changed in an object of that type: nobody minds who has it. */
  static boolean isImmutable(Type type, VisitorState state) {
    return type.isPrimitiveOrVoid()
        || type.tsym.getKind() == ElementKind.ENUM
        || KNOWN_IMMUTABLE.get(state).contains(type.tsym.flatName().toString())
        || isAnnotated(type.tsym, "Immutable");
  }

  /** Whether it is known that several threads may use an object of that type. */
  static boolean isThreadSafe(Type type, VisitorState state) {
    return isHeldThreadSafe(type, state)
        || (type.getKind() == TypeKind.DECLARED
            && !isAnnotated(type.tsym, "NotThreadSafe")
            && PlainFields.hasNone(type, state, field -> isHeldThreadSafe(field, state)));
  }

  private static boolean isHeldThreadSafe(Type type, VisitorState state) {
    return isImmutable(type, state)
        || isGiven(type, state)
        || isAnnotated(type.tsym, "ThreadSafe")
        || !ThreadSafety.threadSafeBuilder(KNOWN.get(state))
            .build(state)
            .isThreadSafeType(true, ImmutableSet.of(), type)
            .isPresent();
  }

  /**
   * Returns why several threads may not use an object of that type, or null if that is not certain:
   * of an interface or a class whose fields are guarded in some way, nobody can tell.
   */
  static @Nullable String whyUnsafe(Type type, VisitorState state) {
    if (type.getKind() == TypeKind.ARRAY) {
      return "an array is not";
    }
    if (type.getKind() != TypeKind.DECLARED || isThreadSafe(type, state)) {
      return null;
    }
    if (isAnnotated(type.tsym, "NotThreadSafe")) {
      return type.tsym.getSimpleName() + " is annotated so";
    }
    for (Type each : state.getTypes().closure(type)) {
      if (UNSAFE.contains(each.tsym.getQualifiedName().toString())) {
        return each.tsym.getSimpleName() + " is not";
      }
    }
    return PlainFields.changedField(type, state)
        .map(field ->
            "the field "
                + field.getSimpleName()
                + " of "
                + field.owner.getSimpleName()
                + " is changed without a lock and is not volatile")
        .orElse(null);
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
