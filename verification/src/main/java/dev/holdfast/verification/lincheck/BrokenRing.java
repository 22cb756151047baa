// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.lincheck;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;

/**
 * A run queue of two places, as small as it gets, whose taking and stealing are given by those that
 * do it wrongly.
 */
@Param(name = "number", gen = IntGen.class, conf = "0:99")
public abstract class BrokenRing {

  static final int CAPACITY = 2;

  final AtomicReferenceArray<@Nullable Integer> slots = new AtomicReferenceArray<>(CAPACITY);
  final AtomicInteger head = new AtomicInteger();
  final AtomicInteger tail = new AtomicInteger();

  /** Makes an empty one. */
  BrokenRing() {}

  /** The owner pushes. */
  @Operation(nonParallelGroup = "owner")
  public boolean push(@Param(name = "number") int number) {
    int to = tail.get();
    if (to - head.get() == CAPACITY) {
      return false;
    }
    slots.set(to % CAPACITY, number);
    tail.set(to + 1);
    return true;
  }

  /** The owner takes the oldest. */
  @Operation(nonParallelGroup = "owner")
  public @Nullable Integer take() {
    while (true) {
      int from = head.get();
      if (from == tail.get()) {
        return null;
      }
      Integer oldest = slots.get(from % CAPACITY);
      if (claims(from)) {
        return oldest;
      }
    }
  }

  /** A thief takes the oldest. */
  @Operation
  public @Nullable Integer steal() {
    while (true) {
      int from = head.get();
      if (tail.get() - from <= 0) {
        return null;
      }
      Integer before = slots.get(from % CAPACITY);
      if (head.compareAndSet(from, from + 1)) {
        return stolen(before, from);
      }
    }
  }

  /** Claims a place for its owner. */
  boolean claims(int from) {
    return head.compareAndSet(from, from + 1);
  }

  /** Returns what a thief has that has claimed a place. */
  @Nullable Integer stolen(@Nullable Integer copiedBefore, int from) {
    return copiedBefore;
  }

  /** Broken: the owner stores the head, as if nobody else moved it. */
  public static class StoresHead extends BrokenRing {
    /** Makes an empty one. */
    public StoresHead() {}

    @Override
    boolean claims(int from) {
      head.set(from + 1);
      return true;
    }
  }

  /** Broken: a thief copies what it has claimed, which may have been filled again by then. */
  public static class CopiesAfterClaim extends BrokenRing {
    /** Makes an empty one. */
    public CopiesAfterClaim() {}

    @Override
    @Nullable Integer stolen(@Nullable Integer copiedBefore, int from) {
      return slots.get(from % CAPACITY);
    }
  }

  /** What it does when nobody meets. */
  public static class Sequential {
    private final Deque<Integer> queue = new ArrayDeque<>();

    /** As that of the ring. */
    public boolean push(int number) {
      if (queue.size() == CAPACITY) {
        return false;
      }
      queue.addLast(number);
      return true;
    }

    /** As that of the ring. */
    public @Nullable Integer take() {
      return queue.pollFirst();
    }

    /** As that of the ring. */
    public @Nullable Integer steal() {
      return queue.pollFirst();
    }
  }
}
