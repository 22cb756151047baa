// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.lincheck;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;

/**
 * A stack of free values to which two other workers push, and which their worker takes whole; how,
 * is given by those that do it wrongly.
 */
public abstract class BrokenStack {

  /** A value in the list. */
  static final class Entry {
    @Nullable Entry next;
  }

  volatile @Nullable Entry returned;

  // Each used by one thread at a time.
  private final Deque<Entry> onFirst = new ArrayDeque<>();
  private final Deque<Entry> onSecond = new ArrayDeque<>();
  private final Deque<Entry> free = new ArrayDeque<>();
  private final Deque<Entry> onHome = new ArrayDeque<>();

  /** Makes one of which all values are out. */
  BrokenStack() {
    onFirst.add(new Entry());
    onFirst.add(new Entry());
    onSecond.add(new Entry());
  }

  /** As that of the model. */
  @Operation(nonParallelGroup = "first")
  public boolean closeOnFirst() {
    return close(onFirst);
  }

  /** As that of the model. */
  @Operation(nonParallelGroup = "second")
  public boolean closeOnSecond() {
    return close(onSecond);
  }

  /** As that of the model. */
  @Operation(nonParallelGroup = "home")
  public boolean closeAtHome() {
    Entry last = onHome.pollLast();
    return last != null && free.add(last);
  }

  /** As that of the model. */
  @Operation(nonParallelGroup = "home")
  public boolean take() {
    if (free.isEmpty()) {
      for (Entry each = takeAll(); each != null; each = each.next) {
        free.add(each);
      }
    }
    Entry taken = free.pollLast();
    return taken != null && onHome.add(taken);
  }

  private boolean close(Deque<Entry> out) {
    Entry last = out.pollLast();
    if (last == null) {
      return false;
    }
    push(last);
    return true;
  }

  abstract void push(Entry entry);

  abstract @Nullable Entry takeAll();

  /** Broken: who pushes reads the head and stores it, without comparing. */
  public static class PushesWithoutComparing extends BrokenStack {
    /** Makes one of which all values are out. */
    public PushesWithoutComparing() {}

    @Override
    void push(Entry entry) {
      entry.next = returned;
      returned = entry;
    }

    @Override
    synchronized @Nullable Entry takeAll() {
      Entry all = returned;
      returned = null;
      return all;
    }
  }

  /** Broken: who takes all reads the head and empties it in two steps. */
  public static class TakesInTwoSteps extends BrokenStack {
    /** Makes one of which all values are out. */
    public TakesInTwoSteps() {}

    @Override
    synchronized void push(Entry entry) {
      entry.next = returned;
      returned = entry;
    }

    @Override
    @Nullable Entry takeAll() {
      Entry all = returned;
      returned = null;
      return all;
    }
  }
}
