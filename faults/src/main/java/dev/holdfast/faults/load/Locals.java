// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.load;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Owner;
import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.local.LeaseOverflow;
import dev.holdfast.local.TaskLocal;
import dev.holdfast.local.WorkerLocal;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/** The locals that the load of one runtime uses; all their values are in its books. */
public final class Locals {

  /** One destructor in so many throws. */
  private static final int ONE_THROWS = 64;

  private final Books books;
  private final boolean forgetful;

  /** Values that a worker's tasks share. */
  public final WorkerLocal<Value> shared;

  /** Values of the owner's thread. */
  public final WorkerLocal<Value> bound;

  /** Values to be leased, for which tasks wait. */
  final WorkerLocal<Value> scarce;

  /** Values to be leased, of which there is always one more. */
  public final WorkerLocal<Value> ample;

  /** Values of tasks. */
  final TaskLocal<Value> own;

  /** Values of tasks, which their children share. */
  final TaskLocal<Value> common;

  /** Values of tasks, of which their children have copies. */
  final TaskLocal<Value> copied;

  /**
   * Makes them.
   *
   * @param forgetful whether destructors forget a value now and then: a leak on purpose
   */
  public Locals(Books books, boolean forgetful) {
    this.books = books;
    this.forgetful = forgetful;
    Consumer<Value> end = this::end;
    shared =
        WorkerLocal.<Value>builder(() -> books.make("shared", Owner.WORKER))
            .name("shared")
            .destructor(end)
            .build();
    bound =
        WorkerLocal.<Value>builder(() -> books.make("bound", Owner.WORKER))
            .name("bound")
            .destructor(end)
            .build();
    scarce =
        WorkerLocal.<Value>builder(() -> books.make("scarce", Owner.WORKER))
            .name("scarce")
            .destructor(end)
            .leases(2)
            .build();
    ample =
        WorkerLocal.<Value>builder(() -> books.make("ample", Owner.WORKER_EARLY))
            .name("ample")
            .destructor(end)
            .leases(1)
            .overflow(LeaseOverflow.TEMPORARY)
            .build();
    own =
        TaskLocal.<Value>builder(() -> books.make("own", Owner.TASK))
            .name("own")
            .destructor(end)
            .build();
    common =
        TaskLocal.<Value>builder(() -> books.make("common", Owner.TASK))
            .name("common")
            .destructor(end)
            .shared()
            .build();
    copied =
        TaskLocal.<Value>builder(() -> books.make("copied", Owner.TASK))
            .name("copied")
            .destructor(end)
            .copied(any -> books.make("copy", Owner.TASK))
            .build();
  }

  private void end(Value value) {
    int chance = ThreadLocalRandom.current().nextInt(ONE_THROWS);
    if (forgetful && chance % 8 == 1) {
      return;
    }
    value.close();
    if (chance == 0) {
      books.destructorFails();
      throw new IllegalStateException("a destructor that throws now and then");
    }
  }
}
