// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.lincheck;

import dev.holdfast.scheduler.RunQueue;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jspecify.annotations.Nullable;

/** Broken: an inlet to whose queue threads add without having taken its lock. */
@Param(name = "number", gen = IntGen.class, conf = "0:99")
@Param(name = "thread", gen = ThreadIdGen.class)
public class InletWithoutLock {

  private final RunQueue queue = new RunQueue();

  /** As that of the model. */
  @Operation
  public void add(@Param(name = "number") int number, @Param(name = "thread") int thread) {
    queue.offer(new Item(number));
  }

  /** As that of the model. */
  @Operation(nonParallelGroup = "worker")
  public List<Integer> takeAll() {
    RunQueue own = new RunQueue();
    List<Integer> taken = new ArrayList<>();
    for (Runnable each = queue.stealHalfInto(own); each != null; each = next(own)) {
      taken.add(((Item) each).number());
    }
    taken.sort(null);
    return taken;
  }

  private @Nullable Runnable next(RunQueue own) {
    Runnable mine = own.poll();
    return mine != null ? mine : queue.stealHalfInto(own);
  }
}
