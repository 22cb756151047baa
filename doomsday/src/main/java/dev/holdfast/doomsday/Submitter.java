// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.List;

/** A thread outside of the runtime that submits works while the runtime is being ended. */
final class Submitter implements Runnable {

  private final Stage stage;
  private final List<Work> ready;
  private final Thread thread = Thread.ofPlatform().daemon().name("submitter").unstarted(this);

  // Written by this thread, read by the round's.
  private volatile boolean over;

  Submitter(Stage stage, List<Work> ready) {
    this.stage = stage;
    this.ready = ready;
  }

  void start() {
    thread.start();
  }

  Thread thread() {
    return thread;
  }

  /** Whether the last submission has returned. */
  boolean over() {
    return over;
  }

  @Override
  public void run() {
    try {
      for (Work work : ready) {
        stage.submit(work);
        if (!work.accepted()) {
          return;
        }
      }
    } finally {
      over = true;
    }
  }
}
