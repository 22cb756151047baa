// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.VirtualThreads;
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
}
