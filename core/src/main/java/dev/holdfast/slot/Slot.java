// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import org.jspecify.annotations.Nullable;

/**
 * The place of one local on one owner.
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

  /** The destructor of a value that a task passes on to the tasks that it starts. */
  public interface Heritable extends Destructor {
    /**
     * Makes a slot of the heir live; on the owner of {@code from}, before the heir runs.
     *
     * @param from a live slot with this destructor
     * @param heir has no slot of this local
     */
    void passOn(Slot from, TaskOwner heir);
  }

  private final Owner owner;
  private final LocalKey key;
  // Forgotten with the value, and when that could not be made: who keeps a reference, or lives on
  // with an empty slot, must not keep the destructor's code.
  private @Nullable Destructor destructor;

  // Both written by the owner's thread (or a task pinned on it). The value is also read by other
  // threads, through a reference made after it was set and reached through a final field, or
  // ordered after the write by whatever handed the reference over. Cleared after the barrier.
  private State state = State.EMPTY;
  private @Nullable Object value;

  // Whether an initialiser runs for this; on the owner only.
  private boolean making;

  // What was the value when the slot was sealed; on the owner only.
  private @Nullable Object sealed;

  // Written and read on the owner only: the access forms made for this slot.
  private @Nullable Runnable clearReference;
  private @Nullable Object pool;

  // Of the owner's stack.
  private @Nullable Destructible below;

  // Of an owner whose slots are a list; on the owner only.
  private @Nullable Slot next;

  Slot(Owner owner, LocalKey key, @Nullable Destructor destructor) {
    this.owner = owner;
    this.key = key;
    this.destructor = destructor;
  }

  /** Returns the owner this slot belongs to. */
  public Owner owner() {
    return owner;
  }

  /** Returns the local this slot is for. */
  @Override
  public LocalKey key() {
    return key;
  }

  /** Returns the destructor, or null if the value has none. */
  public @Nullable Destructor destructor() {
    return destructor;
  }

  /** Returns the value, or null unless the slot is live. */
  public @Nullable Object value() {
    return value;
  }

  /** Returns the state; on the owner only. */
  public State state() {
    return state;
  }

  /**
   * Takes the value out of everybody's reach, until its destructor is run; on the owner only. It is
   * not there for the destructors of younger values alone: see {@link #sealed()}.
   */
  void seal() {
    sealed = value;
    unreach();
    if (pool instanceof LeaseStock stock) {
      stock.seal();
    }
    pool = null;
  }

  private void unreach() {
    value = null;
    owner.changed(this, null);
    if (clearReference != null) {
      clearReference.run();
      clearReference = null;
    }
  }

  /** Returns the value of a sealed slot, or null; on the owner only. */
  public @Nullable Object sealed() {
    return sealed;
  }

  /** Returns the slot that comes after this one in its owner's list. */
  @Nullable Slot next() {
    return next;
  }

  void next(@Nullable Slot older) {
    next = older;
  }

  /**
   * A value is about to be made, by code that may take long; on the owner only. Who releases the
   * loader of the local finds it from now on, and waits, or had begun to before: so that is to be
   * asked after this.
   *
   * @param ending the destructor of the value
   * @return whether {@link #notMade} is to be called if it fails: not by an initialiser inside
   *     another
   */
  public boolean making(@Nullable Destructor ending) {
    if (making || state != State.EMPTY) {
      return false;
    }
    owner.making(this);
    destructor = ending;
    making = true;
    return true;
  }

  /** Ends what {@link #making} began, without a value; on the owner only. */
  public void notMade() {
    making = false;
    if (state == State.EMPTY) {
      destructor = null;
      key.left(this);
    }
  }

  /** Ends a successful initialiser; on the owner only. */
  public void live(Object made) {
    // First: if it fails for want of stack, no value is in use that nobody destroys.
    owner.made(this);
    value = made;
    owner.changed(this, made);
    state = State.LIVE;
    making = false;
  }

  /**
   * Keeps the reference made for this slot, which is live; on the owner only.
   *
   * @param clear forgets what was made; called when the value is destroyed
   */
  public void reference(Runnable clear) {
    clearReference = clear;
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
  public @Nullable Destructible below() {
    return below;
  }

  @Override
  public void below(@Nullable Destructible older) {
    below = older;
  }

  @Override
  public boolean keeps(Origin origin) {
    return origin.isKeptBy(value);
  }

  @Override
  public void destroy() throws Throwable {
    Object last = sealed == null ? value : sealed;
    Destructor run = destructor;
    sealed = null;
    destructor = null;
    unreach();
    state = State.DESTROYED;
    if (run != null && last != null) {
      run.destroy(last);
    }
  }
}
