// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.litmus;

import dev.holdfast.slot.WorkerOwner;
import org.jspecify.annotations.Nullable;

/** The values, lists and numbers of a worker, without the thread: an actor of a test plays it. */
public final class BareWorker extends WorkerOwner {

  private final Thread maker = Thread.currentThread();

  // Raced for by who asks whether it is itself, which it finds only if it wrote that.
  private @Nullable Thread player;

  /** Makes a worker of {@link NoDomain} that records no places. */
  public BareWorker() {
    super(NoDomain.INSTANCE, Long.MAX_VALUE);
  }

  /** The current thread plays this worker's from now on. */
  public void play() {
    player = Thread.currentThread();
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // a thread is asked for its identity
  public boolean tryEnter(Object by) {
    return player == Thread.currentThread();
  }

  @Override
  public String name() {
    return "litmus-worker";
  }

  @Override
  public int index() {
    return 0;
  }

  @Override
  public boolean isRunning() {
    return true;
  }

  @Override
  public Thread thread() {
    return maker;
  }

  @Override
  public boolean post(Runnable action) {
    throw new UnsupportedOperationException("has no thread to post to");
  }
}
