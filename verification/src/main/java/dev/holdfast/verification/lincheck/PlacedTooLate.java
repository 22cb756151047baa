// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.lincheck;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;

/** Broken: a registry that shows an entry before the entry knows its place, to be removed from. */
@Param(name = "number", gen = IntGen.class, conf = "0:1")
public class PlacedTooLate {

  private static final class Entry {
    final int number;
    volatile int index;

    Entry(int number) {
      this.number = number;
    }
  }

  private final AtomicReferenceArray<@Nullable Entry> places = new AtomicReferenceArray<>(5);
  private final Set<Integer> added = new HashSet<>();

  /** Makes an empty one. */
  public PlacedTooLate() {}

  /** As that of the model. */
  @Operation(nonParallelGroup = "owner")
  public boolean add(@Param(name = "number") int number) {
    if (!added.add(number)) {
      return false;
    }
    Entry entry = new Entry(number);
    places.set(added.size(), entry);
    entry.index = added.size();
    return true;
  }

  /** As that of the model. */
  @Operation(nonParallelGroup = "remover")
  public boolean remove(@Param(name = "number") int number) {
    Entry met = find(number);
    if (met == null) {
      return false;
    }
    places.set(met.index, null);
    return true;
  }

  /** As that of the model. */
  @Operation
  public boolean meets(@Param(name = "number") int number) {
    return find(number) != null;
  }

  private @Nullable Entry find(int number) {
    for (int i = 0; i < places.length(); i++) {
      Entry each = places.get(i);
      if (each != null && each.number == number) {
        return each;
      }
    }
    return null;
  }
}
