// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.slot.Wrapping;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A body without a result, for a task whose result was given. */
record WithResult<T extends @Nullable Object>(Runnable wrapped, T result)
    implements Callable<T>, Wrapping {

  @Override
  public T call() {
    wrapped.run();
    return result;
  }
}
