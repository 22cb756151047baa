// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a platform thread is to run as it ends, on any platform thread of the JVM.
 *
 * <p>Rests on the same one opening as {@link VirtualThreads}. When something is missing, {@link
 * #missing} says what, and no other method may be called.
 */
public final class ThreadExit {

  private static final @Nullable String MISSING;

  /** Of the carrier, if the current thread is virtual: there is none for virtual threads. */
  private static final @Nullable ThreadLocal<@Nullable Runnable> ACTION;

  static {
    ThreadLocal<@Nullable Runnable> action = null;
    String missing = null;
    try {
      Opening.open("jdk.internal.misc");
      action = ExitAction.proven();
    } catch (ReflectiveOperationException | RuntimeException | Error e) {
      missing = Opening.explain(e, "threads that end");
    }
    ACTION = action;
    MISSING = missing;
  }

  private ThreadExit() {}

  /**
   * Says why nothing here can be used.
   *
   * @return a sentence with the missing flag or internal, or null if all was found
   */
  public static @Nullable String missing() {
    return MISSING;
  }

  /** Returns what the current platform thread is to run as it ends, or null if nothing was set. */
  public static @Nullable Runnable action() {
    return Objects.requireNonNull(ACTION).get();
  }

  /** Sets what the current platform thread is to run as it ends. */
  public static void action(Runnable action) {
    Objects.requireNonNull(ACTION).set(action);
  }
}
