// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import org.jspecify.annotations.Nullable;

/**
 * The place of one local on one worker.
 *
 * <p>The state says what {@code value} means: it is set exactly while the state is {@link
 * State#LIVE}, so that an access needs to read the value alone.
 */
public final class Slot implements Destructible {

  /** What a slot goes through, in this order. */
  public enum State {
    /** No value yet; the owner may be inside the initialiser. */
    EMPTY,
    /** The value is there. */
    LIVE,
    /** The destructor has begun, and may have ended: there is no way back. */
    DESTROYED
  }

  /** Runs the destructor of a value. */
  public interface Destructor {
    /** Destroys {@code value}. */
    void destroy(Object value) throws Throwable;
  }

  private final WorkerOwner owner;
  private final Domain domain;
  private final LocalKey key;
  private final @Nullable Destructor destructor;

  // Both written by the owner's thread (or a task pinned on it). The value is also read by other
  // threads, through a reference made after it was set and reached through a final field, or
  // ordered after the write by whatever handed the reference over. Cleared after the barrier.
  private State state = State.EMPTY;
  private @Nullable Object value;

  // Written and read on the owner only: the access forms made for this slot.
  private @Nullable Runnable clearReference;
  private @Nullable Object pool;

  Slot(WorkerOwner owner, LocalKey key, @Nullable Destructor destructor) {
    this.owner = owner;
    this.domain = owner.domain();
    this.key = key;
    this.destructor = destructor;
  }

  /** Returns the worker this slot belongs to. */
  public WorkerOwner owner() {
    return owner;
  }

  /** Returns the runtime of that worker. */
  public Domain domain() {
    return domain;
  }

  /** Returns the local this slot is for. */
  public LocalKey key() {
    return key;
  }

  /** Returns the value, or null unless the slot is live. */
  public @Nullable Object value() {
    return value;
  }

  /** Returns the state; on the owner only. */
  public State state() {
    return state;
  }

  /** Ends a successful initialiser; on the owner only. */
  public void live(Object made) {
    // First: if it fails for want of memory or stack, no value is in use that nobody destroys.
    owner.made(this);
    value = made;
    owner.value(key.index(), made);
    state = State.LIVE;
  }

  /**
   * Keeps the reference made for this slot, which is live; on the owner only.
   *
   * @param made what {@link WorkerOwner#reference} is to return
   * @param clear takes the value out of it; called when the value is destroyed
   */
  public void reference(Object made, Runnable clear) {
    clearReference = clear;
    owner.reference(key.index(), made);
  }

  /** Returns what {@link #pool(Object)} set; on the owner only. */
  public @Nullable Object pool() {
    return pool;
  }

  /** Keeps the pool of leases made for this slot; on the owner only. */
  public void pool(Object made) {
    pool = made;
  }

  @Override
  public String name() {
    return key.name();
  }

  @Override
  public void destroy() throws Throwable {
    Object last = value;
    value = null;
    owner.value(key.index(), null);
    if (clearReference != null) {
      clearReference.run();
      owner.forgetReference(key.index());
    }
    state = State.DESTROYED;
    if (destructor != null && last != null) {
      destructor.destroy(last);
    }
  }
}
