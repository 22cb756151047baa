// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.machine;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Body;
import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import dev.holdfast.faults.books.Threads;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.local.Guard;
import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Leaves the operating system room for a few more threads only, any number of them: so that each
 * thread of a runtime, also those that no factory makes, is once the one that cannot be started.
 *
 * <p>Either the runtime does not start, says so, and leaves nothing behind; or all that it accepts
 * is done, and it ends, without another thread.
 */
public final class LimitFaults implements Check {

  /** What cannot be started. */
  private enum Missing {
    /** A worker. */
    WORKER,
    /** The thread that watches the runtime and closes it. */
    MONITOR,
    /** A thread for blocking jobs. */
    JOB,
    /** None. */
    NOTHING
  }

  /** What is wrong on purpose. */
  public enum Canary {
    /** A thread that is left behind. */
    LEFT_THREAD("are left"),
    /** A job that is accepted and forgotten. */
    LOST_JOB("never ran"),
    /** No limit. */
    NO_LIMIT("is missed by none");

    private final String seenAs;

    Canary(String seenAs) {
      this.seenAs = seenAs;
    }
  }

  private static final int WORKERS = 2;
  private static final int JOBS = 6;
  private static final int LONG_TIMES = 20;
  private static final int TRIES = 5;

  /** What a stack takes: much, so that there is half of it left for what is no stack. */
  private static final long STACK = 512L << 20;

  /** More threads than are asked for here. */
  private static final int MOST = 20;

  /** Makes it. */
  public LimitFaults() {}

  /** Says whether this can be done here. */
  public static boolean isPossible() {
    return AddressSpace.isLimitable();
  }

  @Override
  public String name() {
    return "limit";
  }

  @Override
  public List<String> flags() {
    return List.of(
        "-XX:ThreadStackSize=" + (STACK >> 10),
        // What the JVM needs itself is there beforehand.
        "-Xms512m",
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:-UseDynamicNumberOfCompilerThreads",
        // It tells of each refusal.
        "-Xlog:os+thread=off");
  }

  @Override
  public Duration atMost(Extent extent) {
    return Duration.ofMinutes(extent.isLong() ? 30 : 5);
  }

  @Override
  public Row run(Extent extent) throws Exception {
    long began = System.nanoTime();
    Findings findings = new Findings();
    int runs = 0;
    try (Outside outside = new Outside()) {
      warm(outside);
      for (int i = 0; i < (extent.isLong() ? LONG_TIMES : 1); i++) {
        for (Tier tier : Tier.values()) {
          runs += all(tier, null, findings, outside);
        }
      }
      int caught = 0;
      for (Canary each : Canary.values()) {
        Findings wrong = new Findings();
        if (each == Canary.NO_LIMIT) {
          int _ = all(Tier.OWNED, each, wrong, outside);
        } else {
          Missing _ = once("limit-" + each, Tier.OWNED, MOST * STACK, each, wrong, outside);
        }
        caught += wrong.mentions(each.seenAs) ? 1 : 0;
      }
      return Row.of("limit: the operating system has no more threads", runs, findings, began)
          .withCanaries(caught, Canary.values().length);
    }
  }

  /** The threads that the JDK makes when they are first needed; they are not what is tried here. */
  private static void warm(Outside outside) throws IOException, InterruptedException {
    int carriers = Runtime.getRuntime().availableProcessors();
    CountDownLatch running = new CountDownLatch(carriers);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < carriers; i++) {
      threads.add(
          Thread.startVirtualThread(() -> {
            running.countDown();
            while (running.getCount() != 0) {
              Thread.onSpinWait();
            }
            Until.pass(1_000_000);
          }));
    }
    for (Thread each : threads) {
      each.join();
    }
    for (Tier tier : Tier.values()) {
      Stage stage =
          new Stage("limit-first", tier, b -> b.workers(WORKERS), outside, new Findings());
      work(stage);
      stage.end();
    }
  }

  /** Leaves ever more room, until there is enough; returns how often that was. */
  private static int all(Tier tier, @Nullable Canary canary, Findings findings, Outside outside)
      throws Exception {
    Set<Missing> seen = EnumSet.noneOf(Missing.class);
    int runs = 0;
    // Again, if a thread that ended late has left its room to one that should have found none.
    for (int i = 0; i < TRIES && seen.size() < Missing.values().length; i++) {
      Missing missing = null;
      for (int threads = 0; threads < MOST && missing != Missing.NOTHING; threads++) {
        long room = threads * STACK + STACK / 2;
        missing = once("limit-" + runs, tier, room, canary, findings, outside);
        seen.add(missing);
        runs++;
      }
    }
    for (Missing each : Missing.values()) {
      findings.check(seen.contains(each), tier + ": " + each + " is missed by none of the runs");
    }
    return runs;
  }

  /** Tries with some room; returns what could not be started first. */
  private static Missing once(
      String name,
      Tier tier,
      long room,
      @Nullable Canary canary,
      Findings findings,
      Outside outside)
      throws Exception {
    if (canary != Canary.NO_LIMIT) {
      AddressSpace.leave(room);
    }
    try {
      Stage stage;
      try {
        stage =
            new Stage(
                name,
                tier,
                builder -> builder.workers(WORKERS).spareWorkers(0).blockingThreads(4),
                outside,
                findings);
      } catch (OutOfMemoryError e) {
        List<Thread> left = Threads.named(name + "-" + tier + "-");
        findings.check(left.isEmpty(), "threads of " + name + " are left: " + left);
        boolean monitor =
            Arrays.stream(e.getStackTrace()).anyMatch(f -> f.getClassName().endsWith(".Closer"));
        return monitor ? Missing.MONITOR : Missing.WORKER;
      }
      boolean refused = work(stage);
      if (canary == Canary.LEFT_THREAD) {
        AddressSpace.free();
        Thread.ofPlatform()
            .daemon()
            .name(stage.books.runtime() + "-left")
            .start(() -> Until.holds(() -> false));
      } else if (canary == Canary.LOST_JOB) {
        Body _ = stage.books.body("lost", () -> 0);
      }
      stage.end();
      return refused ? Missing.JOB : Missing.NOTHING;
    } finally {
      AddressSpace.free();
    }
  }

  /** Hands in tasks and jobs; returns whether a job was refused, or had no thread of its own. */
  private static boolean work(Stage stage) {
    WorkerRuntime runtime = stage.runtime;
    WorkerLocal<Books.Value> shared = stage.locals.shared;
    boolean refused = false;
    CountDownLatch together = new CountDownLatch(1);
    int begun = 0;
    for (int i = 0; i < JOBS; i++) {
      Body body =
          stage.books.body(
              "job",
              () -> {
                together.await();
                return 0;
              });
      try {
        body.handle(runtime.spawnBlocking(body));
        begun++;
      } catch (RejectedExecutionException e) {
        stage.books.refused(body);
        refused = true;
      }
    }
    for (int i = 0; i < JOBS; i++) {
      Task<?> _ =
          stage.spawn(
              "uses values",
              () -> {
                shared.update(Books.Value::touch);
                try (Lease<Books.Value> lease = stage.locals.ample.lease();
                    Guard<Books.Value> guard = shared.guard()) {
                  Thread.sleep(1);
                  lease.get().touch();
                  guard.get().touch();
                }
                return stage.locals.bound.onOwner(Books.Value::touchOnOwner);
              });
    }
    // As many threads as there may be, if there is room for them.
    String threads = stage.books.runtime() + "-blocking-";
    refused |= Threads.named(threads).size() < Math.min(begun, 4);
    together.countDown();
    return refused;
  }
}
