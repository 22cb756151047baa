// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import dev.holdfast.verification.lincheck.Item;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jspecify.annotations.Nullable;

/**
 * The global queue, with its inlets: many threads add, and a worker takes all that is there. That
 * it finds nothing at last means that there was nothing at a moment, and so what it took is all.
 */
@Param(name = "number", gen = IntGen.class, conf = "0:99")
@Param(name = "thread", gen = ThreadIdGen.class)
public class GlobalQueueModel {

  private final GlobalQueue queue = new GlobalQueue(2);
  private final RunQueue own = new RunQueue();
  private int turn;

  /** A thread outside adds a task. */
  @Operation
  public void add(@Param(name = "number") int number, @Param(name = "thread") int thread) {
    queue.add(new Item(number), thread);
  }

  /** A worker adds a batch. */
  @Operation
  public void addAll(@Param(name = "number") int number) {
    queue.addAll(new Runnable[] {new Item(number), new Item(-number)});
  }

  /** The worker takes until there is nothing. */
  @Operation(nonParallelGroup = "worker")
  public List<Integer> takeAll() {
    List<Integer> taken = new ArrayList<>();
    GlobalQueue.Rest rest =
        (batch, from) -> {
          for (int i = from; i < batch.length; i++) {
            note(batch[i], taken);
          }
        };
    for (Runnable each = queue.take(own, RunQueue.CAPACITY, turn++, rest);
        each != null;
        each = queue.take(own, RunQueue.CAPACITY, turn++, rest)) {
      note(each, taken);
      for (Runnable more = own.poll(); more != null; more = own.poll()) {
        note(more, taken);
      }
    }
    taken.sort(null);
    return taken;
  }

  private static void note(@Nullable Runnable task, List<Integer> taken) {
    if (task instanceof Item item) {
      taken.add(item.number());
    }
  }

  /** What it does when nobody meets. */
  public static class Sequential {
    private final List<Integer> tasks = new ArrayList<>();

    /** As that of the model. */
    public void add(int number, int thread) {
      tasks.add(number);
    }

    /** As that of the model. */
    public void addAll(int number) {
      tasks.add(number);
      tasks.add(-number);
    }

    /** As that of the model. */
    public List<Integer> takeAll() {
      List<Integer> taken = new ArrayList<>(tasks);
      tasks.clear();
      taken.sort(null);
      return taken;
    }
  }
}
