// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One call that ends the runtime of a round, by a thread outside or by a task. */
final class Closing implements Runnable {

  private final Stage stage;
  private final String way;
  private final Duration limit;

  // Written by the thread that makes the call, in this order; read by the round's.
  private volatile @Nullable Thread thread;
  private volatile @Nullable Ending ending;
  private volatile @Nullable Throwable thrown;
  private volatile boolean called;
  private volatile boolean returned;

  Closing(Stage stage, String way, Duration limit) {
    this.stage = stage;
    this.way = way;
    this.limit = limit;
  }

  /** Has a thread of its own make the call. */
  void start(String name) {
    Thread caller = Thread.ofPlatform().daemon().name(name).unstarted(this);
    // From now on it is expected to return, though its thread may take its time to begin.
    thread = caller;
    caller.start();
  }

  @Override
  public void run() {
    thread = Thread.currentThread();
    called = true;
    try {
      Ending said = stage.runtime().shutDown(way, limit);
      if (said == Ending.COMPLETE) {
        stage.judge().claimed(way);
      }
      ending = said;
    } catch (InterruptedException e) {
      // The round has given up on this call.
      thrown = e;
    } catch (Exception | Error e) {
      thrown = e;
    } finally {
      returned = true;
    }
  }

  /** Whether the call is being made, or is about to be, and has not returned. */
  boolean pending() {
    return thread != null && !returned;
  }

  /** Whether the call has begun. */
  boolean called() {
    return called;
  }

  /** Whether the call stands still, or has returned: it has done what it does at once. */
  boolean waits() {
    Thread caller = thread;
    return returned
        || (caller != null
            && switch (caller.getState()) {
              case WAITING, TIMED_WAITING -> true;
              default -> false;
            });
  }

  boolean returned() {
    return returned;
  }

  @Nullable Ending ending() {
    return ending;
  }

  @Nullable Throwable thrown() {
    return thrown;
  }

  @Nullable Thread thread() {
    return thread;
  }

  String way() {
    return way;
  }
}
