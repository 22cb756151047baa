// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import java.util.function.BiConsumer;

/** A value that was made to be leased, in the list of its worker. */
public interface Leased extends Holder {

  /** Takes one from a task that ends, if it is the task's; there for every call, as a constant. */
  BiConsumer<Object, TaskScope> ABANDON =
      (each, task) -> {
        if (each instanceof Leased lease && task.answersFor(lease.holder())) {
          lease.abandoned();
        }
      };

  /**
   * Returns the id of the thread that holds it, 0 for none; any thread. Exact for who asks whether
   * it is the asker's own, or that of a thread which has ended.
   */
  long holder();

  /** The task that holds it ends without giving it back; by that task. */
  void abandoned();
}
