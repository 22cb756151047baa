// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;

/** What runs virtual threads: the JDK's default scheduler, or a runtime of ours. */
public interface Carriers extends AutoCloseable {

  /** Starts a virtual thread, in the cheapest way that is public. */
  void start(Runnable body);

  @Override
  void close();

  /** Returns the scheduler that all virtual threads have unless they are told otherwise. */
  static Carriers ofJdk() {
    return new Carriers() {
      @Override
      public void start(Runnable body) {
        Thread.startVirtualThread(body);
      }

      @Override
      public void close() {}
    };
  }

  /** Starts a runtime with as many workers as the JDK's scheduler has carriers. */
  static Carriers ofHoldfast() {
    WorkerRuntime runtime = WorkerRuntime.builder().name("bench").tier(Tier.CARRIER).start();
    return new Carriers() {
      @Override
      public void start(Runnable body) {
        runtime.execute(body);
      }

      @Override
      public void close() {
        runtime.close();
      }
    };
  }
}
