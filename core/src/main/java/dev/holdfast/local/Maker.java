// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the class that makes a local.
 *
 * <p>A local comes from the loader of its initialiser, of its destructor, and of the class that
 * makes it. The initialiser alone does not tell: code of a plugin may hand over one that a shared
 * library has wrapped, so that its class is the library's. The maker alone does not either: a
 * shared library may make the local for a plugin that hands over the initialiser.
 */
final class Maker {

  private static final StackWalker WALKER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  private static final Set<Class<?>> LOCALS =
      Set.of(WorkerLocal.class, TaskLocal.class, ThreadExitLocal.class);

  private Maker() {}

  /**
   * Returns the class that called a local's factory method or builder, or null from native code.
   */
  static @Nullable Class<?> current() {
    return WALKER.walk(frames ->
        frames
            .<Class<?>>map(StackWalker.StackFrame::getDeclaringClass)
            .filter(type -> type != Maker.class && !LOCALS.contains(type.getNestHost()))
            .findFirst()
            .orElse(null));
  }
}
