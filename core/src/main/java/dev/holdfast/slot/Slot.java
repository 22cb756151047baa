// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Sanitizer;
import org.jspecify.annotations.Nullable;

/**
 * The place of one local on one owner.
 *
 * <p>The state says what {@code value} means: it is set exactly while the state is {@link #LIVE},
 * so that an access needs to read the value alone.
 *
 * <p>The slot of a task may come and go within nanoseconds, and costs as many writes: so the state
 * is no reference, which is more to write, and what most slots do not use is neither written nor
 * read.
 */
public final class Slot implements Destructible, Owner.Initializing {

  // What a slot goes through, in this order.

  /** No value yet. */
  private static final byte EMPTY = 0;

  /** No value yet; an initialiser runs for this. */
  private static final byte MAKING = 1;

  /** The value is there. */
  private static final byte LIVE = 2;

  /** The value is there for the destructors of younger values alone. */
  private static final byte SEALED = 3;

  /** The destructor has begun, and may have ended: there is no way back. */
  private static final byte DESTROYED = 4;

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
  private byte state;
  private @Nullable Object value;

  // The initialiser that the one of this runs in; on the owner only.
  private Owner.@Nullable Initializing outer;

  // What was the value when the slot was sealed; on the owner only.
  private @Nullable Object sealed;

  // Written and read on the owner only: the access forms made for this slot, if any.
  private @Nullable Forms forms;

  // What the sanitiser recorded of the value. Set on the owner as the value is made, then as the
  // value itself; read by messages and reports.
  private @Nullable History history;

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

  /** Says whether there is no value yet, and was none; on the owner only. */
  public boolean isEmpty() {
    return state <= MAKING;
  }

  /** Says whether the destructor has begun; on the owner only. */
  public boolean isDestroyed() {
    return state == DESTROYED;
  }

  /**
   * Takes the value out of everybody's reach, until its destructor is run; on the owner only. It is
   * not there for the destructors of younger values alone: see {@link #sealed()}.
   */
  void seal() {
    if (state == LIVE) {
      sealed = value;
      state = SEALED;
    }
    unreach();
    if (forms != null) {
      forms.seal();
    }
  }

  private void unreach() {
    value = null;
    owner.changed(this, null);
    if (forms != null) {
      forms.unreach();
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
    if (state != EMPTY) {
      return false;
    }
    owner.making(this);
    if (destructor != ending) {
      destructor = ending;
    }
    state = MAKING;
    return true;
  }

  /** Ends what {@link #making} began, without a value; on the owner only. */
  public void notMade() {
    if (state == MAKING) {
      state = EMPTY;
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
    state = LIVE;
  }

  /** Returns what the sanitiser recorded of the value, or null; any thread. */
  public @Nullable History history() {
    return history;
  }

  /**
   * Begins the history of the value, which has just become live; on the owner only, under the
   * sanitiser.
   *
   * @param how how it came to be here
   */
  public void record(String how) {
    if (Sanitizer.ALL || owner.isRecorded()) {
      history = History.begun(how);
    }
  }

  /**
   * Keeps the reference made for this slot, which is live; on the owner only.
   *
   * @param clear forgets what was made; called when the value is destroyed
   */
  public void reference(Runnable clear) {
    forms().reference(clear);
  }

  /** Returns what {@link Forms#pool} is; on the owner only. */
  public @Nullable Object pool() {
    return forms == null ? null : forms.pool();
  }

  /** Returns the access forms of this, which is the slot of a worker; on the owner only. */
  public Forms forms() {
    Forms known = forms;
    if (known == null) {
      known = new Forms();
      forms = known;
      owner.formed(this, known);
    }
    return known;
  }

  @Override
  public Owner.@Nullable Initializing outer() {
    return outer;
  }

  @Override
  public void outer(Owner.@Nullable Initializing around) {
    outer = around;
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
    Object last = value;
    if (state == SEALED) {
      last = sealed;
      sealed = null;
    }
    Destructor run = destructor;
    destructor = null;
    unreach();
    state = DESTROYED;
    if (Sanitizer.ON && history != null) {
      history.ended(owner.endedBy());
    }
    if (run != null && last != null) {
      run.destroy(last);
    }
  }
}
