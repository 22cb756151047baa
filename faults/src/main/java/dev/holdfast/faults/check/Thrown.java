// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.check;

import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

/** What a callback throws; declared or not. */
public enum Thrown {
  /** What code throws every day. */
  RUNTIME(IllegalStateException::new),
  /** One that the callback's signature does not allow. */
  CHECKED(IOException::new),
  /** As of a recursion without end. */
  STACK_OVERFLOW(StackOverflowError::new),
  /** As where there is no more memory. */
  OUT_OF_MEMORY(OutOfMemoryError::new),
  /** As of a class that is not there. */
  LINKAGE(NoClassDefFoundError::new),
  /** An error of nobody's, as what used to stop threads. */
  DEATH(Death::new),
  /** As of a wait that was interrupted; the flag is not set. */
  INTERRUPTED(InterruptedException::new),
  /** As of a future that was cancelled. */
  CANCELLED(CancellationException::new);

  @SuppressWarnings("ImmutableEnumChecker") // a constructor
  private final Function<String, Throwable> maker;

  Thrown(Function<String, Throwable> maker) {
    this.maker = maker;
  }

  /** Makes one. */
  Throwable make(String message) {
    return maker.apply(message);
  }

  private static final class Death extends Error {
    private static final long serialVersionUID = 1;

    Death(String message) {
      super(message);
    }
  }
}
