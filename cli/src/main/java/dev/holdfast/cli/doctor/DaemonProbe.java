// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import dev.holdfast.local.ThreadExitLocal;
import java.util.concurrent.CountDownLatch;

/** Returns from main while a daemon thread runs, and tells who ends its values; in its own JVM. */
public final class DaemonProbe {

  private DaemonProbe() {}

  /** Runs the probe. */
  public static void main(String[] args) throws InterruptedException {
    ThreadExitLocal<String> local =
        ThreadExitLocal.<String>builder(() -> Thread.currentThread().getName())
            .destructor(name -> Fact.tell("destroyed-" + name, true))
            .build();
    CountDownLatch made = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    Thread.ofPlatform()
        .daemon()
        .name("running")
        .start(() -> {
          local.get();
          made.countDown();
          await(never);
        });
    made.await();
    Thread.ofPlatform().daemon().name("ended").start(local::get).join();
    Thread hook = Thread.ofPlatform().unstarted(() -> Fact.tell("hook", true));
    Runtime.getRuntime().addShutdownHook(hook);
    local.get();
    Fact.tell("returned", true);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
