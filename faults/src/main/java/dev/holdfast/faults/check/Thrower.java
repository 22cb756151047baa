// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.check;

import dev.holdfast.faults.books.Books;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Throws at one kind of callback, every second time; knows all that it threw. Any thread. */
final class Thrower {

  private final @Nullable Callback where;
  private final Thrown what;
  private final AtomicInteger calls = new AtomicInteger();
  private final Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();

  // What was found of it so far, wherever that was.
  private final Set<Throwable> found =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  /**
   * Makes one.
   *
   * @param where null to throw nowhere
   */
  Thrower(@Nullable Callback where, Thrown what) {
    this.where = where;
    this.what = what;
  }

  /** Throws if this is the place, and its turn. */
  void at(Callback here, Books books) {
    if (here != where || calls.getAndIncrement() % 2 != 0) {
      return;
    }
    if (here.isDestructor()) {
      books.destructorFails();
    }
    Throwable failure = what.make("at " + here);
    thrown.add(failure);
    throw Books.<RuntimeException>sneaked(failure);
  }

  /** Says whether something is what it threw, or was caused by that; notes that it was found. */
  boolean finds(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (isOurs(each)) {
        found.add(each);
        return true;
      }
    }
    return false;
  }

  private boolean isOurs(Throwable failure) {
    return thrown.stream().anyMatch(each -> each == failure);
  }

  int calls() {
    return calls.get();
  }

  Collection<Throwable> thrown() {
    return thrown;
  }

  /** Says whether {@link #finds} was called with it. */
  boolean isFound(Throwable failure) {
    return found.contains(failure);
  }
}
