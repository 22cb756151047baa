// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.Here;
import dev.holdfast.slot.Slot;

/**
 * A reference to one worker's value, for the tasks and blocking jobs of its runtime.
 *
 * <p>Names the same value for its whole life, wherever the task that uses it resumes. Each access
 * checks where it is made.
 *
 * @param <T> the type of the value, which must be thread-safe
 */
public final class LocalRef<T> {

  private final Slot slot;

  LocalRef(Slot slot) {
    this.slot = slot;
  }

  /**
   * Returns the value. Never blocks.
   *
   * @return the value, always the same
   * @throws EscapedReferenceException if the current thread is no task or job of the runtime
   * @throws LocalDestroyedException if the value is destroyed, or a destructor of another worker
   *     asks
   */
  @SuppressWarnings("unchecked") // the slot was made by the local of this type
  public T get() {
    Object value = slot.value();
    return (T)
        (value != null && Here.pass() == slot.domain() ? value : Caller.valueElsewhere(slot));
  }

  @Override
  public String toString() {
    return "LocalRef[" + slot.key() + " of " + slot.owner().name() + "]";
  }
}
