// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.lang.invoke.MethodHandle;

/**
 * Has the JDK make its own forms of method handles before they are called where the stack may end.
 *
 * <p>It does so at one of the first calls of a handle that are not compiled, by making a class, and
 * looks into its tables of references as it goes. {@link java.lang.ref.ReferenceQueue#poll} pins
 * the task for that, and at the very end of the stack cannot take the pin back: the task would stay
 * pinned for its life.
 */
final class EarlyForms {

  /** More than the most that the JDK can be set to count up to, which is 127. */
  private static final int CALLS = 130;

  private EarlyForms() {}

  /** Calls two handles in turn, of which the second one undoes what the first one does. */
  static void make(MethodHandle begin, MethodHandle end) {
    try {
      for (int i = 0; i < CALLS; i++) {
        begin.invokeExact();
        end.invokeExact();
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("an internal of the JDK threw", e);
    }
  }

  /** Calls the handles that are called where a task is woken, or uses a value. */
  static void make(
      MethodHandle carrier, MethodHandle state, MethodHandle threadOf, Thread thread, Runnable run)
      throws ReflectiveOperationException {
    try {
      for (int i = 0; i < CALLS; i++) {
        Thread on = (Thread) carrier.invokeExact(thread);
        int in = (int) state.invokeExact(thread);
        if (on != null || in < 0 || (Thread) threadOf.invokeExact((Object) run) != thread) {
          throw new ReflectiveOperationException("a thread that waits to run is on " + on);
        }
      }
    } catch (ReflectiveOperationException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new ReflectiveOperationException("an internal of the JDK threw", e);
    }
  }
}
