// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import dev.holdfast.slot.Service;

/** The body of the task that sees to one batch. */
abstract class BatchRun<K> implements Service {

  final Batch<K> batch;
  private final Object function;

  BatchRun(Batch<K> batch, Object function) {
    this.batch = batch;
    this.function = function;
  }

  @Override
  public final Object wrapped() {
    return function;
  }

  @Override
  public final void run() {
    Throwable failure = null;
    try {
      letOthersJoin();
      see();
    } catch (Throwable e) {
      failure = e;
    }
    if (failure == null) {
      batch.leave();
    } else if (!cannotRun(failure)) {
      throw BatchRun.<RuntimeException>asIs(failure);
    }
  }

  @Override
  public final boolean cannotRun(Throwable failure) {
    try {
      return tell(failure);
    } finally {
      batch.leave();
    }
  }

  /** Sees to the batch. */
  abstract void see() throws Exception;

  /** Lets those who wait know of a failure; false if there is nobody. */
  abstract boolean tell(Throwable failure);

  /** Lets all that is ready on the worker run once: it may have keys for the batch. */
  @SuppressWarnings("ThreadPriorityCheck") // a place in the queue is what is asked for
  static void letOthersJoin() {
    Thread.yield();
  }

  /** Throws what it is given, checked or not: to the handler of the runtime's tasks. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // nothing is returned
  private static <X extends Throwable> X asIs(Throwable failure) throws X {
    throw (X) failure;
  }
}
