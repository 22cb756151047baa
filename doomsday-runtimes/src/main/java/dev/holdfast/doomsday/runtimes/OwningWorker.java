// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.ThreadValues;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import org.jspecify.annotations.Nullable;

/** A worker of a fork-join pool that destroys its values as it ends, by the hook the JDK has. */
final class OwningWorker extends ForkJoinWorkerThread {

  private final ThreadValues values;

  OwningWorker(ForkJoinPool pool, ThreadValues values) {
    super(pool);
    this.values = values;
  }

  @Override
  protected void onTermination(@Nullable Throwable failure) {
    try {
      values.destroyAll();
    } finally {
      super.onTermination(failure);
    }
  }
}
