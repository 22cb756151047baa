// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.machine;

import dev.holdfast.faults.books.Books.Body;
import dev.holdfast.faults.books.Books.Owner;
import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.local.Guard;
import dev.holdfast.local.Lease;
import dev.holdfast.local.TaskLocal;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Small stacks, and tasks that use everything a few frames before the end of theirs: each call of
 * the runtime overflows at some place in it, each time at another one.
 *
 * <p>What the call was to do is done or is not; a value that was made is destroyed, a body that was
 * taken runs, and one that was refused does not.
 */
public final class StackFaults implements Check {

  /** What is wrong on purpose. */
  public enum Canary {
    /** A body that counts as taken, and is lost. */
    LOST_BODY("never ran"),
    /** A value that an overflow loses. */
    LOST_VALUE("was never destroyed");

    private final String seenAs;

    Canary(String seenAs) {
      this.seenAs = seenAs;
    }
  }

  private static final int TASKS = 12;
  private static final int TRIES = 25;
  private static final int ACTIONS = 7;

  /** From this action on, bodies are handed in. */
  private static final int HANDS_IN = 5;

  private static final int LONG_TIMES = 100;

  /** So many frames before the end of the stack, at most, an action begins. */
  private static final int MOST_ROOM = 200;

  /** What the books need for an entry, many times over: in frames of {@link #room}. */
  private static final int ROOM = 24;

  /** Makes it. */
  public StackFaults() {}

  @Override
  public String name() {
    return "stack";
  }

  @Override
  public List<String> flags() {
    return List.of("-Xmx512m", "-Xss384k", "-XX:MaxJavaStackTraceDepth=8");
  }

  @Override
  public Duration atMost(Extent extent) {
    return Duration.ofMinutes(extent.isLong() ? 30 : 5);
  }

  @Override
  public Row run(Extent extent) throws Exception {
    long began = System.nanoTime();
    Findings findings = new Findings();
    AtomicLong overflows = new AtomicLong();
    int times = extent.isLong() ? LONG_TIMES : 1;
    try (Outside outside = new Outside()) {
      for (int i = 0; i < times; i++) {
        for (Tier tier : Tier.values()) {
          new Depths("stack-" + i, tier, null, overflows, findings, outside).run();
        }
      }
      int caught = 0;
      for (Canary each : Canary.values()) {
        Findings wrong = new Findings();
        new Depths("stack-" + each, Tier.OWNED, each, new AtomicLong(), wrong, outside).run();
        caught += wrong.mentions(each.seenAs) ? 1 : 0;
      }
      return Row.of(
              "stack: calls of the runtime overflow the stack, anywhere in them",
              overflows.get(),
              findings,
              began)
          .withCanaries(caught, Canary.values().length);
    }
  }

  /** What the tasks of one runtime do near the end of their stacks. */
  private static final class Depths {

    private final Stage stage;
    private final @Nullable Canary canary;
    private final AtomicLong overflows;
    private final WorkerLocal<Value> shared;
    private final WorkerLocal<Value> leased;
    private final TaskLocal<Value> own;

    Depths(
        String name,
        Tier tier,
        @Nullable Canary canary,
        AtomicLong overflows,
        Findings findings,
        Outside outside) {
      this.stage =
          new Stage(
              name,
              tier,
              builder -> builder.workers(2).spareWorkers(2).blockingThreads(2),
              outside,
              findings);
      this.canary = canary;
      this.overflows = overflows;
      // Made without a destructor that may throw: only the stack is at fault here.
      this.shared = WorkerLocal.of(() -> made("deep", Owner.WORKER), Value::close);
      this.leased =
          WorkerLocal.<Value>builder(() -> made("deep lease", Owner.WORKER))
              .destructor(Value::close)
              .leases(4)
              .build();
      this.own = TaskLocal.of(() -> made("deep own", Owner.TASK), Value::close);
    }

    private Value made(String kind, Owner owner) {
      room(ROOM);
      return stage.books.make(kind, owner);
    }

    void run() throws InterruptedException {
      SplittableRandom random = new SplittableRandom();
      List<Future<?>> tasks = new ArrayList<>();
      for (int i = 0; i < TASKS; i++) {
        SplittableRandom its = random.split();
        tasks.add(stage.spawn("deep", () -> task(its)));
      }
      for (Future<?> each : tasks) {
        try {
          each.get();
        } catch (ExecutionException e) {
          stage.check(false, "a task failed that catches what it is to fail with: " + e);
        }
      }
      if (canary == Canary.LOST_VALUE) {
        stage.books.make("lost", Owner.TASK);
      } else if (canary == Canary.LOST_BODY) {
        stage.books.body("lost", () -> 0);
      }
      stage.end();
    }

    private Object task(RandomGenerator random) {
      // What is loaded and initialised at an overflow may be of no use afterwards.
      for (int action = 0; action < ACTIONS; action++) {
        attempt(action, 0);
      }
      for (int i = 0; i < TRIES; i++) {
        int room = random.nextInt(MOST_ROOM);
        int deepest = deepest();
        for (int action = 0; action < ACTIONS; action++) {
          attempt(action, Math.max(0, deepest - room));
        }
      }
      return 0;
    }

    private void attempt(int action, int depth) {
      Attempt attempt = new Attempt();
      if (action >= HANDS_IN) {
        // Here, where there is room: the books must not be left half written.
        attempt.pending = stage.books.body("deep", () -> 1);
      }
      try {
        down(depth, action, attempt);
      } catch (StackOverflowError e) {
        overflows.incrementAndGet();
      } catch (Throwable e) {
        stage.check(false, "action " + action + " failed otherwise: " + e);
      }
      // By now there is room again.
      Body pending = attempt.pending;
      if (pending != null) {
        stage.books.refused(pending);
      }
      Guard<Value> guard = attempt.guard;
      if (guard != null) {
        guard.close();
      }
    }

    private int down(int depth, int action, Attempt attempt) {
      return depth == 0 ? act(action, attempt) : down(depth - 1, action, attempt) + 1;
    }

    private int act(int action, Attempt attempt) {
      switch (action) {
        case 0 -> {
          return own.get().touch();
        }
        case 1 -> {
          return shared.with(Value::touch);
        }
        case 2 -> {
          try (Lease<Value> lease = leased.lease()) {
            return lease.get().touch();
          }
        }
        case 3 -> {
          attempt.guard = shared.guard();
          return attempt.guard.get().touch();
        }
        case 4 -> {
          return shared.onOwner(Value::touch);
        }
        case 5 -> {
          Task<?> _ = stage.runtime.spawn(attempt.body());
        }
        default -> {
          Task<?> _ = stage.runtime.spawnBlocking(attempt.body());
        }
      }
      attempt.pending = null;
      return 1;
    }
  }

  /** What one attempt has begun, for who is told that it overflowed. */
  private static final class Attempt {
    private @Nullable Body pending;
    private @Nullable Guard<Value> guard;

    Body body() {
      return Objects.requireNonNull(pending);
    }
  }

  /** Overflows unless there is room for so many frames; nothing has happened then. */
  private static int room(int frames) {
    return frames == 0 ? 0 : room(frames - 1) + 1;
  }

  /** Returns how deep calls can go from here, in frames like those of {@code down}. */
  private static int deepest() {
    int[] reached = new int[1];
    try {
      fall(reached, 0, 0);
    } catch (StackOverflowError e) {
      return reached[0];
    }
    return 0;
  }

  @SuppressWarnings("InfiniteRecursion") // that is what it is for
  private static int fall(int[] reached, int a, int b) {
    reached[0]++;
    return fall(reached, a + 1, b) + 1;
  }
}
