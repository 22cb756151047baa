// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import dev.holdfast.local.ThreadExitLocal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * Ends a thread whose destructor blocks, and tells what can be done meanwhile; in a JVM of its own.
 */
public final class ExitProbe {

  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(5);

  private static final ThreadLocal<String> PLAIN = new ThreadLocal<>();

  private ExitProbe() {}

  /** A class that nobody has loaded before. */
  private static final class Cold {
    @Override
    public String toString() {
      return "a class";
    }
  }

  /** Runs the probe. */
  public static void main(String[] args) throws InterruptedException {
    List<String> destroyed = new CopyOnWriteArrayList<>();
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    ThreadExitLocal<String> first =
        ThreadExitLocal.<String>builder(() -> "first").destructor(destroyed::add).build();
    ThreadExitLocal<String> last =
        ThreadExitLocal.<String>builder(() -> "last")
            .destructor(value -> {
              Thread current = Thread.currentThread();
              Fact.tell("threadWhole", current.isAlive() && "kept".equals(PLAIN.get()));
              entered.countDown();
              await(release);
              destroyed.add(value);
            })
            .build();
    Thread ending =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              PLAIN.set("kept");
              first.get();
              last.get();
            });
    entered.await();
    boolean joined = ending.join(LOOK);
    Fact.tell("threadStarts", ends(() -> {}));
    Fact.tell("classLoads", ends(ExitProbe::load));
    Fact.tell("collectorRuns", ends(System::gc));
    Fact.tell(
        "hookIsRegistered",
        ends(() -> Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {}))));
    release.countDown();
    joined |= !ending.join(LONG) || destroyed.size() < 2;
    Fact.tell("joinWaits", !joined);
    Fact.tell("lastMadeFirst", destroyed.equals(List.of("last", "first")));
  }

  private static void load() {
    // Loaded as this line runs.
    Fact.tell("loaded", new Cold());
  }

  /** Says whether a new thread comes to its end with this. */
  private static boolean ends(Runnable body) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    Thread thread =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              body.run();
              done.countDown();
            });
    return thread.join(LONG) && done.getCount() == 0;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
