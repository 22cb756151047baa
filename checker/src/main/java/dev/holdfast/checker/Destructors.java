// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.VisitorState;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.MethodInvocationTree;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The destructors that are given to a {@code WorkerLocal}, as far as the same file shows them. */
final class Destructors {

  private Destructors() {}

  /**
   * Returns the code of the destructor that this call gives to a local, or null if it gives none.
   */
  static @Nullable Body given(MethodInvocationTree call, VisitorState state) {
    ExpressionTree destructor = argument(call, state);
    return destructor == null ? null : Body.of(destructor, state);
  }

  /** Returns the destructor that this call gives to a local, or null if it gives none. */
  static @Nullable ExpressionTree argument(MethodInvocationTree call, VisitorState state) {
    List<? extends ExpressionTree> arguments = call.getArguments();
    // The number of arguments first, which costs nothing: nearly every call of a program ends here.
    return switch (arguments.size()) {
      case 1 ->
          HoldfastApi.WORKER_LOCAL_DESTRUCTOR.matches(call, state) ? arguments.getFirst() : null;
      case 2 -> HoldfastApi.WORKER_LOCAL_OF.matches(call, state) ? arguments.getLast() : null;
      default -> null;
    };
  }
}
