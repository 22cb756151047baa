// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What was thrown by code of a class loader that may be released: text and stack, without the
 * classes, which would keep the loader alive for as long as somebody keeps a report.
 */
final class DescribedFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** How many causes are described; what follows is left out. */
  private static final int DEPTH = 8;

  private DescribedFailure(Throwable original, @Nullable Throwable cause) {
    super(ask(original, Throwable::toString, original.getClass().getName()), cause, false, true);
    setStackTrace(ask(original, Throwable::getStackTrace, new StackTraceElement[0]));
  }

  static Throwable of(Throwable original) {
    return describe(original, DEPTH);
  }

  private static Throwable describe(Throwable original, int depth) {
    Optional<Throwable> cause =
        depth == 0
            ? Optional.empty()
            : ask(original, thrown -> Optional.ofNullable(thrown.getCause()), Optional.empty());
    return new DescribedFailure(
        original, cause.map(inner -> describe(inner, depth - 1)).orElse(null));
  }

  /**
   * Asks what was thrown, which runs code of its class: that may throw in turn, an Error too, if
   * its loader was closed by now. Then the rest of it matters.
   */
  private static <T> T ask(Throwable original, Function<Throwable, T> question, T otherwise) {
    try {
      return question.apply(original);
    } catch (Throwable e) {
      return otherwise;
    }
  }
}
