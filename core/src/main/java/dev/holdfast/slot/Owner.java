// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.sanitizer.Trace;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What values belong to: it has a slot for each local that was used on it, and a stack of what it
 * must destroy.
 *
 * <p>The kinds of owner differ in how a slot is found, in which code is "on the owner", and in when
 * they come to their end. What is used on the owner only needs no lock and no fence, because no two
 * threads are on it at the same time, and who comes there later is ordered after who was there
 * before.
 */
public abstract class Owner {

  /** An initialiser that is running on an owner. */
  public interface Initializing {
    /** Returns the local whose value it makes. */
    LocalKey key();

    /** Returns the initialiser that it runs in, or null. */
    @Nullable Initializing outer();

    /** Sets what {@link #outer()} returns, as it is about to run. */
    void outer(@Nullable Initializing around);
  }

  /** The most times that destructors may make new values which must be destroyed in turn. */
  public static final int MAX_ROUNDS = 64;

  // Used on the owner only. A stack that is linked through its elements: to put a value there
  // cannot fail for want of memory, when it was made already.
  private @Nullable Destructible top;
  private @Nullable Initializing initializing;
  private boolean ended;

  // What a loader's release has still to destroy here, linked as the stack; and how it is asked.
  private @Nullable Destructible releasing;

  /** Makes an owner without values. */
  protected Owner() {}

  /** Returns the name that messages and reports use. */
  public abstract String name();

  /** Returns the slot of a local, or null if the local was never used here; on the owner only. */
  public abstract @Nullable Slot slot(LocalKey key);

  /** Makes the slot of a local that has none here; on the owner only. */
  public abstract Slot newSlot(LocalKey key, Slot.@Nullable Destructor destructor);

  /** A value for a slot is about to be made, see {@link Slot#making}; on the owner. */
  void making(Slot slot) {}

  /** Tells where an owner looks first that the value of a slot is there, or gone; on the owner. */
  abstract void changed(Slot slot, @Nullable Object value);

  /** Tells where an owner looks first that a slot has access forms; on the owner. */
  void formed(Slot slot, Forms forms) {}

  /** Keeps what a destructor threw. */
  protected abstract void failed(ShutdownReport.Failure failure);

  /** Puts a value on the stack of what is to be destroyed; on the owner only. Cannot fail. */
  public void made(Destructible value) {
    value.below(top);
    top = value;
  }

  /** Puts what was made last beneath all else, to be destroyed last; on the owner only. */
  public final void sink() {
    Destructible sunk = top;
    Destructible next = sunk == null ? null : sunk.below();
    if (sunk == null || next == null) {
      return;
    }
    top = next;
    for (Destructible below = next.below(); below != null; below = next.below()) {
      next = below;
    }
    next.below(sunk);
    sunk.below(null);
  }

  /** Returns what was made last and is not destroyed, or null; on the owner only. */
  final @Nullable Destructible top() {
    return top;
  }

  /** Says whether a value was made here and is not destroyed; on the owner only. */
  protected final boolean hasValues() {
    return top != null;
  }

  /** Says whether the values were destroyed, so that no other can be made; on the owner only. */
  public final boolean ended() {
    return ended;
  }

  /** Returns the innermost initialiser that is running here, or null; on the owner only. */
  public final @Nullable Initializing initializing() {
    return initializing;
  }

  /**
   * Sets which initialiser is the innermost one; on the owner only. No deeper a call than {@link
   * #initializing()}, so that it does not fail for want of stack where that one did not.
   */
  public final void initializing(@Nullable Initializing innermost) {
    initializing = innermost;
  }

  /** A destructor is about to run; on the owner. */
  protected void destroying(Destructible value) {}

  /**
   * A destructor has run, or thrown; on the owner.
   *
   * @param interrupted whether the thread was interrupted; it is so no more
   */
  protected void destroyed(boolean interrupted) {}

  /**
   * Destroys everything, last made first, and what destructors make meanwhile before what is older;
   * on the owner, once. No value can be made here afterwards.
   */
  protected void destroyAll() {
    destroyReleased();
    unwind(null, 0);
    ended = true;
  }

  /** Destroys what lies above {@code floor}; the destructors of round n make what is in n + 1. */
  private void unwind(@Nullable Destructible floor, int round) {
    if (round > MAX_ROUNDS && top != floor) {
      leave(floor);
    }
    while (top != floor) {
      Destructible last = Objects.requireNonNull(top);
      Destructible below = last.below();
      top = below;
      destroy(last);
      if (top != below) {
        unwind(below, round + 1);
      }
    }
  }

  /** Destroys one value, which is in no list any more. */
  private void destroy(Destructible last) {
    if (last.below() != null) {
      last.below(null);
    }
    destroying(last);
    try {
      last.destroy();
    } catch (Throwable e) {
      report(last, e);
    } finally {
      // An interrupt of this destructor; the next one may block.
      destroyed(Thread.interrupted());
      last.key().destroyed(last);
    }
  }

  /**
   * Destroys the values of a loader's locals, last made first, and no others; on the owner. What
   * destructors make meanwhile is others', for a local of a released loader makes no value.
   */
  public final void release(Origin origin) {
    // Of one before, if memory ran out in it.
    destroyReleased();
    Destructible rest = null;
    Destructible last = null;
    Destructible next = top;
    top = null;
    while (next != null) {
      Destructible each = next;
      next = each.below();
      each.below(null);
      boolean taken = each.key().comesFrom(origin);
      Destructible above = taken ? last : rest;
      if (above != null) {
        above.below(each);
      } else if (taken) {
        releasing = each;
      } else {
        top = each;
      }
      if (taken) {
        last = each;
      } else {
        rest = each;
      }
    }
    destroyReleased();
  }

  private void destroyReleased() {
    for (Destructible each = releasing; each != null; each = releasing) {
      releasing = each.below();
      destroy(each);
    }
  }

  /**
   * Returns the sealed value of a local that is about to be destroyed after the destructor which is
   * running here, and which may use it; null if there is none. On the owner only.
   */
  public final @Nullable Object sealedValue(LocalKey key) {
    for (Destructible each = releasing; each != null; each = each.below()) {
      if (each instanceof Slot slot && slot.key() == key) {
        return slot.sealed();
      }
    }
    return null;
  }

  /** Says whether the sanitiser keeps the histories of values when it only samples. */
  boolean isRecorded() {
    return true;
  }

  /** Returns where the user asked for the end of all values, or null if that is not recorded. */
  @Nullable Trace endedBy() {
    return null;
  }

  /** Says whether the owner's thread can be asked to destroy values before the owner ends. */
  boolean runsErrands() {
    return false;
  }

  /**
   * Says whether the owner ends with a thread, or with the task that it runs; any thread.
   *
   * @param task what the thread runs, or null
   */
  boolean endsWith(Thread thread, @Nullable TaskScope task) {
    return false;
  }

  /** Describes that the owner lives on, and with it a value; any thread. */
  ShutdownReport.Holder holds(Slot slot, long nanos) {
    return new ShutdownReport.Holder(
        ShutdownReport.Kind.VALUE,
        slot.name(),
        name(),
        Duration.ofNanos(Math.max(0, nanos)),
        List.of());
  }

  /** Leaves alone what destructors that make values for ever have made. */
  private void leave(@Nullable Destructible floor) {
    Destructible last = Objects.requireNonNull(top);
    int count = 0;
    for (Destructible each = last; each != null && each != floor; each = each.below()) {
      count++;
      each.key().left(each);
    }
    top = floor;
    report(
        last,
        new IllegalStateException(
            "destructors went on making new values for "
                + MAX_ROUNDS
                + " rounds; the last "
                + count
                + " were left alone: do not use a new local in the destructor of another"));
  }

  private void report(Destructible value, Throwable failure) {
    try {
      failed(value.key().failed(name(), failure));
    } catch (Throwable e) {
      // Memory or the stack is at its end: the next destructor matters more than the report.
      Thread.onSpinWait();
    }
  }
}
