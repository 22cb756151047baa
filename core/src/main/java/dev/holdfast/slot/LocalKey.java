// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

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

  private LocalKey(int index, String name) {
    this.index = index;
    this.name = name;
  }

  /** Makes a key under the lowest free index. */
  public static LocalKey named(String name) {
    synchronized (LocalKey.class) {
      for (Reference<?> gone = COLLECTED.poll(); gone != null; gone = COLLECTED.poll()) {
        Integer index = INDICES.remove(gone);
        if (index != null) {
          TAKEN.clear(index);
        }
      }
      int index = TAKEN.nextClearBit(0);
      LocalKey key = new LocalKey(index, name);
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

  @Override
  public String toString() {
    return name;
  }
}
