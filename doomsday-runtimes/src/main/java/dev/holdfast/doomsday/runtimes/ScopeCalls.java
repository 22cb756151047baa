// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * The calls of {@code StructuredTaskScope} that an audit makes, by name: a class that is compiled
 * against a preview can be loaded only by a JVM that has previews enabled.
 */
final class ScopeCalls {

  private final MethodHandle open;
  private final MethodHandle fork;
  private final MethodHandle join;
  private final MethodHandle close;
  private final MethodHandle state;

  ScopeCalls() {
    try {
      MethodHandles.Lookup lookup = MethodHandles.publicLookup();
      Class<?> scope = Class.forName("java.util.concurrent.StructuredTaskScope");
      Class<?> joiner = Class.forName("java.util.concurrent.StructuredTaskScope$Joiner");
      Class<?> subtask = Class.forName("java.util.concurrent.StructuredTaskScope$Subtask");
      MethodHandle allUntil =
          lookup.findStatic(joiner, "allUntil", MethodType.methodType(joiner, Predicate.class));
      MethodHandle openWith =
          lookup.findStatic(scope, "open", MethodType.methodType(scope, joiner));
      open = MethodHandles.filterReturnValue(allUntil, openWith);
      fork = lookup.findVirtual(scope, "fork", MethodType.methodType(subtask, Runnable.class));
      join = lookup.findVirtual(scope, "join", MethodType.methodType(Object.class));
      close = lookup.findVirtual(scope, "close", MethodType.methodType(void.class));
      state =
          lookup.findVirtual(
              subtask,
              "state",
              MethodType.methodType(
                  Class.forName("java.util.concurrent.StructuredTaskScope$Subtask$State")));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "this JDK has no StructuredTaskScope as JDK 25 previews it", e);
    }
  }

  /** Opens a scope which is cancelled when a subtask ends and a condition holds. */
  Object open(BooleanSupplier cancelled) {
    Predicate<Object> until = subtask -> cancelled.getAsBoolean();
    return call(open, until);
  }

  /** Starts a subtask, and returns it. */
  Object fork(Object scope, Runnable body) {
    return call(fork, scope, body);
  }

  /** Waits for all subtasks, or until the scope is cancelled. */
  void join(Object scope) {
    Object _ = call(join, scope);
  }

  /** Cancels the scope if it was not joined, and waits for all subtasks. */
  void close(Object scope) {
    Object _ = call(close, scope);
  }

  /** Says whether a subtask was never run to its end. */
  boolean unavailable(Object subtask) {
    return call(state, subtask).toString().equals("UNAVAILABLE");
  }

  private static Object call(MethodHandle handle, Object... arguments) {
    try {
      Object result = handle.invokeWithArguments(arguments);
      return result == null ? handle : result;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
