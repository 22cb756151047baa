// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.shutdown.ShutdownReport;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a local: its name, and the index of its slot in every owner.
 *
 * <p>Indices are dense, so that a slot is found by one array access, and are used again once their
 * key is unreachable. Every live slot holds its key, so that an index is free only when no owner
 * has a value under it.
 */
public final class LocalKey {

  // Guarded by LocalKey.class: made and freed rarely, never on the path of an access.
  private static final ReferenceQueue<LocalKey> COLLECTED = new ReferenceQueue<>();
  private static final Map<Reference<?>, Integer> INDICES = new HashMap<>();
  private static final BitSet TAKEN = new BitSet();

  private final int index;
  private final String name;

  // The loaders that the local's code comes from, without those that last: mostly none.
  private final Origin[] origins;

  private LocalKey(int index, String name, Origin[] origins) {
    this.index = index;
    this.name = name;
    this.origins = origins;
  }

  /**
   * Makes a key under the lowest free index.
   *
   * @param makers whose classes' loaders the local comes from: what it calls, or a class that made
   *     it; null ones count for nothing
   */
  public static LocalKey named(String name, @Nullable Object... makers) {
    Origin[] origins = Origin.of(makers);
    synchronized (LocalKey.class) {
      for (Reference<?> gone = COLLECTED.poll(); gone != null; gone = COLLECTED.poll()) {
        Integer index = INDICES.remove(gone);
        if (index != null) {
          TAKEN.clear(index);
        }
      }
      int index = TAKEN.nextClearBit(0);
      LocalKey key = new LocalKey(index, name, origins);
      INDICES.put(new WeakReference<>(key, COLLECTED), index);
      TAKEN.set(index);
      return key;
    }
  }

  /** Returns the index of this local's slot in every owner. */
  public int index() {
    return index;
  }

  /** Returns the name that reports and messages use. */
  public String name() {
    return name;
  }

  /** Says whether the local, or what it calls, comes from a loader. */
  public boolean comesFrom(Origin origin) {
    for (Origin each : origins) {
      if (each == origin) {
        return true;
      }
    }
    return false;
  }

  /** Says whether the local comes from a loader below another one, and so keeps that. */
  boolean comesFromBelow(Origin origin) {
    for (Origin each : origins) {
      if (each.isBelow(origin)) {
        return true;
      }
    }
    return false;
  }

  /** Says whether the local comes from no loader but such as last. */
  boolean lasts() {
    return origins.length == 0;
  }

  /** Returns the loader it comes from that was released, or null; volatile, for first uses. */
  public @Nullable Origin released() {
    for (Origin each : origins) {
      if (each.isReleased()) {
        return each;
      }
    }
    return null;
  }

  /** The value of a task or thread is there, or about to be made; on its owner. */
  void making(Slot slot) {
    if (origins.length != 0) {
      // What undoes this if the value is not made must not fail for want of stack.
      StackRoom.ensure();
    }
    for (Origin each : origins) {
      each.live(slot);
    }
  }

  /** A value has been destroyed, its destructor has ended; on its owner. */
  public void destroyed(Destructible value) {
    for (Origin each : origins) {
      each.destroyed(value);
    }
  }

  /** A value is left alone, for good; on its owner. */
  void left(Destructible value) {
    for (Origin each : origins) {
      each.gone(value);
    }
  }

  /** Makes what a destructor threw known to who releases the loader; on the owner. */
  public ShutdownReport.Failure failed(String owner, Throwable thrown) {
    // Else a report, which a runtime keeps until its end, would keep the loader.
    Throwable kept = lasts() ? thrown : DescribedFailure.of(thrown);
    ShutdownReport.Failure failure =
        new ShutdownReport.Failure(ShutdownReport.Kind.DESTRUCTOR, name, owner, kept);
    for (Origin each : origins) {
      each.failed(failure);
    }
    return failure;
  }

  @Override
  public String toString() {
    return name;
  }
}
