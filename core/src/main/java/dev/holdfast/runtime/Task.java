// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work of a {@link WorkerRuntime}: a virtual thread on its workers, or a blocking job on
 * a platform thread of its blocking pool.
 *
 * <p>The methods of {@link Future} behave as the JDK specifies them; {@code cancel(true)}
 * interrupts the thread that runs the task. Cancelling ends the wait for the result at once, while
 * the runtime counts the task until its body has really ended.
 *
 * @param <T> the type of the result
 */
public sealed interface Task<T extends @Nullable Object> extends Future<T> permits TaskBody {

  /**
   * Returns the name of this task, the one given or one made from its number.
   *
   * @return the name, never empty
   */
  String name();

  /**
   * Returns the thread that runs this task: its virtual thread, or for a blocking job the platform
   * thread that has taken it.
   *
   * @return the thread, or null for a job that no thread has taken yet, or that has ended
   */
  @Nullable Thread thread();

  /**
   * Waits for the result. An interrupt does not end the wait and stays set, as with {@link
   * java.util.concurrent.CompletableFuture#join}.
   *
   * @return the result of the body
   * @throws CompletionException if the body threw; the cause is what it threw
   * @throws CancellationException if the task was cancelled
   */
  T join();
}
