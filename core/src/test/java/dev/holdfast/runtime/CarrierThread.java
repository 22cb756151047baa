// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.jdk.VirtualThreads;

/** The platform thread under the current thread. */
final class CarrierThread {

  private CarrierThread() {}

  static Thread current() {
    Thread current = Thread.currentThread();
    return current.isVirtual() ? VirtualThreads.carrier(current) : current;
  }
}
