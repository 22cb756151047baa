// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.VirtualThreads;
import java.util.List;
import java.util.Objects;

/** Where the calling code runs, and which platform threads there are. */
final class Place {

  private Place() {}

  /** Returns the platform thread under the calling code. */
  static Thread platformThread() {
    Thread current = Thread.currentThread();
    return current.isVirtual()
        ? Objects.requireNonNull(VirtualThreads.carrier(current), "not mounted")
        : current;
  }

  /** Returns the live platform threads whose names begin with {@code prefix}. */
  static List<Thread> threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .toList();
  }
}
