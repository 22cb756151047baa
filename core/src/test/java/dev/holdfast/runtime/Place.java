// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.WorkerOwner;
import java.util.Objects;

/** Where the calling code runs. */
final class Place {

  private Place() {}

  /** Returns the platform thread under the calling code. */
  static Thread platformThread() {
    Thread current = Thread.currentThread();
    return current.isVirtual()
        ? Objects.requireNonNull(VirtualThreads.carrier(current), "not mounted")
        : current;
  }

  /**
   * Returns the thread of the worker that the calling code is on; in an initialiser or inside
   * {@code with}, in any tier.
   */
  static Thread ownersThread() {
    WorkerOwner worker = Here.worker();
    return worker == null ? platformThread() : worker.thread();
  }
}
