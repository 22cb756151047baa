// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.interrupts;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Owner;
import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.local.WorkerLocal;
import java.util.function.Function;

/** Makes a local that is of a class loader of its own, which is to be released. */
public final class HeldPlugin implements Function<Books, WorkerLocal<Value>> {

  /** Made by the host, by reflection. */
  public HeldPlugin() {}

  @Override
  public WorkerLocal<Value> apply(Books books) {
    return WorkerLocal.of(() -> books.make("plugin's", Owner.WORKER_EARLY), value -> value.close());
  }
}
