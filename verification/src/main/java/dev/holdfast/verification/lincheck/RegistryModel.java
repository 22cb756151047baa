// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.lincheck;

import dev.holdfast.slot.Registry;
import java.util.HashSet;
import java.util.Set;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;

/**
 * The registry of holders: one thread adds, another removes what it meets, all look. It begins with
 * as many entries that the next ones need a second chunk.
 */
@Param(name = "number", gen = IntGen.class, conf = "0:1")
public class RegistryModel {

  /** One place of the first chunk is free. */
  private static final int STANDING = 255;

  private final Registry registry = new Registry();
  private final Set<Integer> added = new HashSet<>();

  /** Makes a registry whose first chunk is nearly full. */
  public RegistryModel() {
    for (int i = 0; i < STANDING; i++) {
      registry.add(new Numbered(-1));
    }
  }

  /** Its owner adds an entry, once. */
  @Operation(nonParallelGroup = "owner")
  public boolean add(@Param(name = "number") int number) {
    if (!added.add(number)) {
      return false;
    }
    registry.add(new Numbered(number));
    return true;
  }

  /** Who ends removes an entry that it met. */
  @Operation(nonParallelGroup = "remover")
  public boolean remove(@Param(name = "number") int number) {
    Numbered met = find(number);
    if (met == null) {
      return false;
    }
    Registry.remove(met);
    return true;
  }

  /** Says whether an entry is met. */
  @Operation
  public boolean meets(@Param(name = "number") int number) {
    return find(number) != null;
  }

  private @Nullable Numbered find(int number) {
    Numbered[] met = new Numbered[1];
    registry.forEach(
        met,
        (entry, found) -> {
          if (((Numbered) entry).number == number) {
            found[0] = (Numbered) entry;
          }
        });
    return met[0];
  }

  /** An entry that is known by its number. */
  static final class Numbered extends Registry.Placed {
    final int number;

    Numbered(int number) {
      this.number = number;
    }
  }

  /** What it does when nobody meets. */
  public static class Sequential {
    private final Set<Integer> added = new HashSet<>();
    private final Set<Integer> there = new HashSet<>();

    /** As that of the model. */
    public boolean add(int number) {
      return added.add(number) && there.add(number);
    }

    /** As that of the model. */
    public boolean remove(int number) {
      return there.remove(number);
    }

    /** As that of the model. */
    public boolean meets(int number) {
      return there.contains(number);
    }
  }
}
