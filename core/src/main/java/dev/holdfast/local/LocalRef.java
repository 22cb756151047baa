// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.WorkerOwner;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

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
  private final WorkerOwner worker;
  private final Domain domain;
  private final Thread owner;

  // As in the slot, and cleared with it; so it cannot be final. Who got this reference through a
  // race may see null, and the slot is asked, which is reached through a final field.
  private @Nullable Object value;

  LocalRef(Slot slot, WorkerOwner worker) {
    this.slot = slot;
    this.worker = worker;
    this.domain = worker.domain();
    this.owner = worker.thread();
    this.value = slot.value();
    // The final fields vouch only for what is reached through them. Without this a race could show
    // the value and not what its initialiser wrote, but for the barrier that HotSpot happens to
    // make for final fields.
    VarHandle.releaseFence();
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
    Object found = value;
    Thread current = Thread.currentThread();
    Thread platform = VirtualThreads.platform(current);
    // On its own worker a value may be used as long as it is there, by destructors too.
    boolean here = platform == owner || Here.passOf(current, platform) == domain;
    return (T) (found != null && here ? found : Caller.valueElsewhere(slot, worker));
  }

  /** Forgets the value, which is being destroyed. */
  void clear() {
    value = null;
  }

  @Override
  public String toString() {
    return "LocalRef[" + slot.key() + " of " + worker.name() + "]";
  }
}
