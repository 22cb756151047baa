// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.lincheck;

import dev.holdfast.scheduler.RunQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;

/**
 * The run queue: one thread pushes and takes, others steal half. Its positions begin just before
 * the end of a lap, so that slots are used again.
 */
@Param(name = "number", gen = IntGen.class, conf = "0:99")
public class RunQueueModel {

  private static final int BEFORE = RunQueue.CAPACITY - 2;

  private final RunQueue queue = new RunQueue();

  /** Makes a queue that has gone nearly once round. */
  public RunQueueModel() {
    for (int i = 0; i < BEFORE; i++) {
      queue.offer(new Item(-1));
      queue.poll();
    }
  }

  /** The owner pushes. */
  @Operation(nonParallelGroup = "owner")
  public boolean push(int number) {
    return queue.offer(new Item(number));
  }

  /** The owner takes. */
  @Operation(nonParallelGroup = "owner")
  public @Nullable Integer take() {
    return number(queue.poll());
  }

  /** The owner takes half out. */
  @Operation(nonParallelGroup = "owner")
  public List<Integer> takeHalf() {
    List<Integer> taken = new ArrayList<>();
    for (Runnable each : queue.takeHalf()) {
      taken.add(number(each));
    }
    return taken;
  }

  /** A thief steals half. */
  @Operation
  public List<Integer> steal() {
    RunQueue own = new RunQueue();
    List<Integer> stolen = new ArrayList<>();
    for (Runnable each = queue.stealHalfInto(own); each != null; each = own.poll()) {
      stolen.add(number(each));
    }
    return stolen;
  }

  private static @Nullable Integer number(@Nullable Runnable task) {
    return task == null ? null : ((Item) task).number();
  }

  /** What it does when nobody meets. */
  public static class Sequential {
    private final Deque<Integer> queue = new ArrayDeque<>();

    /** As that of the model. */
    public boolean push(int number) {
      queue.addLast(number);
      return true;
    }

    /** As that of the model. */
    public @Nullable Integer take() {
      return queue.pollFirst();
    }

    /** As that of the model. */
    public List<Integer> takeHalf() {
      return half();
    }

    /** As that of the model. */
    public List<Integer> steal() {
      return half();
    }

    private List<Integer> half() {
      List<Integer> taken = new ArrayList<>();
      for (int left = queue.size() / 2; queue.size() > left; ) {
        taken.add(queue.removeFirst());
      }
      return taken;
    }
  }
}
