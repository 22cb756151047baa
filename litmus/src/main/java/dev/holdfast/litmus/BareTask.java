// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.litmus;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import org.jspecify.annotations.Nullable;

/** A task, as far as leases ask for it: it has no values, and its leases are not counted. */
public final class BareTask implements TaskScope {

  /** The only one. */
  public static final BareTask INSTANCE = new BareTask();

  private BareTask() {}

  @Override
  public String name() {
    return "litmus-task";
  }

  @Override
  public Domain domain() {
    return NoDomain.INSTANCE;
  }

  @Override
  public @Nullable TaskOwner values() {
    return null;
  }

  @Override
  public void values(@Nullable TaskOwner owner) {}

  @Override
  public int leases() {
    return 0;
  }

  @Override
  public void leases(int count) {}
}
