// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Calls that are not compiled together with the code around them.
 *
 * <p>Compiled code refers to the classes that it has inlined and to those that its calls are
 * expected to meet. While a frame of it is on a stack it keeps them, and so their class loaders.
 * The loop of a thread that waits for work has such a frame for as long as the thread lives: it
 * calls foreign code by way of this, so that what the compiler learns of that is in frames that
 * end.
 */
public final class OutOfLine {

  private static final int LINKED = 200;

  /** Written here only. Not final: the compiler would trust it then, and look through the call. */
  @SuppressWarnings("NonFinalStaticField")
  private static MethodHandle run;

  static {
    try {
      run =
          MethodHandles.lookup()
              .findVirtual(Runnable.class, "run", MethodType.methodType(void.class));
      // The JDK links the call below at its first run, and makes more of it after 127: not where
      // memory may be at its end, and a job would be lost by that.
      Runnable nothing = () -> {};
      for (int i = 0; i < LINKED; i++) {
        run(nothing);
      }
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private OutOfLine() {}

  /** Runs what is given, and throws what that throws. */
  public static void run(Runnable body) {
    try {
      run.invokeExact(body);
    } catch (Throwable e) {
      throw OutOfLine.<RuntimeException>asItIs(e);
    }
  }

  /** A runnable throws nothing checked, unless somebody has cheated the compiler: then so be it. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <E extends Throwable> E asItIs(Throwable failure) throws E {
    throw (E) failure;
  }
}
