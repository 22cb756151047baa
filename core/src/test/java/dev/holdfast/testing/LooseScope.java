// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import org.jspecify.annotations.Nullable;

/** A task of no runtime, as far as leases and owners of values ask for it. */
public final class LooseScope implements TaskScope {
  private int leases;

  @Override
  public String name() {
    return "test";
  }

  @Override
  public Domain domain() {
    throw new AssertionError("a loose task is of no runtime");
  }

  @Override
  public @Nullable TaskOwner values() {
    return null;
  }

  @Override
  public void values(@Nullable TaskOwner owner) {
    throw new AssertionError("a loose task has no values");
  }

  @Override
  public int leases() {
    return leases;
  }

  @Override
  public void leases(int count) {
    leases = count;
  }
}
