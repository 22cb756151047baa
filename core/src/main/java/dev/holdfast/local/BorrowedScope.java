// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.Domain;
import dev.holdfast.slot.TaskOwner;
import dev.holdfast.slot.TaskScope;
import org.jspecify.annotations.Nullable;

/** What a thread that is no task is to task-locals while it runs a body with a snapshot. */
final class BorrowedScope implements TaskScope {

  private final Domain domain;
  private final Thread thread;

  // This thread's only.
  private @Nullable TaskOwner values;

  BorrowedScope(Domain domain, Thread thread) {
    this.domain = domain;
    this.thread = thread;
  }

  @Override
  public String name() {
    return "a snapshot's run on " + Caller.describe(thread);
  }

  @Override
  public String title() {
    return name();
  }

  @Override
  public Domain domain() {
    return domain;
  }

  @Override
  public @Nullable TaskOwner values() {
    return values;
  }

  @Override
  public void values(@Nullable TaskOwner owner) {
    values = owner;
  }

  @Override
  public int leases() {
    return 0;
  }

  @Override
  public void leases(int count) {
    throw new IllegalStateException(name() + " is no task, and cannot hold a lease");
  }
}
