// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson.stock;

import dev.holdfast.jackson.RecyclerMisuseException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a stock knows of a thing that it lends, one for the thing's whole life: whether it is out.
 * So to lend the thing allocates nothing.
 *
 * @param <T> the type of the thing
 */
public final class Loan<T> implements Consumer<Place<T>> {

  private static final VarHandle OUT;

  static {
    try {
      OUT = MethodHandles.lookup().findVarHandle(Loan.class, "out", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final WorkerStock<T> stock;
  private final T thing;

  // Set by the borrower, who has it alone; cleared by CAS, so that of two that give back one does.
  // Written by release: who gives back elsewhere has the thing from the borrower, or a data race.
  private boolean out;

  // Of the pile that this is in: how much it is counted as, and what lies below it. Written by who
  // has the loan alone, between out and pile.
  private long bytes;
  private @Nullable Loan<T> below;

  // Set by the borrower if the stock is tracked; read by who gives back, once, and by messages.
  private @Nullable Taking taking;

  /** Makes a loan of a new thing, which is not out. */
  public Loan(WorkerStock<T> stock, T thing) {
    this.stock = stock;
    this.thing = thing;
  }

  T thing() {
    return thing;
  }

  WorkerStock<T> stock() {
    return stock;
  }

  /** Puts this into a place; an action itself, so that none has to be made. */
  @Override
  public void accept(Place<T> place) {
    place.keep(this);
  }

  void out(@Nullable Taking by) {
    if (by != null) {
      taking = by;
    }
    OUT.setRelease(this, true);
  }

  /**
   * Takes the thing back from whoever has it.
   *
   * @throws RecyclerMisuseException if nobody has it
   */
  void back() {
    if (!OUT.compareAndSet(this, true, false)) {
      Taking last = taking;
      throw new RecyclerMisuseException(
          "a recycler of pool '"
              + stock.name()
              + "' was released on "
              + Taking.describe(Thread.currentThread())
              + ", and it had been released before: release each once, by whoever uses it last"
              + (last == null
                  ? "; PoolOptions.trackPlaces() says where it was taken"
                  : "; it was last taken by " + last.by()),
          last == null ? null : last.place());
    }
    Taking mine = taking;
    if (mine != null) {
      mine.ended();
    }
  }

  long bytes() {
    return bytes;
  }

  void bytes(long counted) {
    bytes = counted;
  }

  @Nullable Loan<T> below() {
    return below;
  }

  void below(@Nullable Loan<T> older) {
    below = older;
  }

  @Override
  public String toString() {
    return "Loan[" + thing + (out ? ", out]" : ", at rest]");
  }
}
