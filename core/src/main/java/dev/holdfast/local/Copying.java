// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.sanitizer.Sanitizer;
import dev.holdfast.slot.Destructible;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Slot;
import dev.holdfast.slot.TaskOwner;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The end of the values of a local of which each task that inherits gets a copy of its own. */
final class Copying implements Inheritable {

  private final Destruction destruction;
  private final UnaryOperator<Object> copier;

  @SuppressWarnings("unchecked") // only values of the local are copied
  Copying(Destruction destruction, UnaryOperator<?> copier) {
    this.destruction = destruction;
    this.copier = (UnaryOperator<Object>) copier;
  }

  @Override
  public void destroy(Object value) throws Exception {
    destruction.destroy(value);
  }

  @Override
  public void passOn(Slot from, TaskOwner heir) {
    enter(from.key(), present(from), heir);
  }

  private void enter(LocalKey key, Object original, TaskOwner heir) {
    Slot slot = heir.newSlot(key, this);
    slot.making(this);
    Object copy;
    try {
      copy = copy(key, original);
    } catch (Throwable e) {
      slot.notMade();
      throw e;
    }
    slot.live(copy);
    if (Sanitizer.ON) {
      slot.record("copied");
    }
  }

  private Object copy(LocalKey key, Object original) {
    return Objects.requireNonNull(
        copier.apply(original), () -> "the copy of a value of local '" + key + "' is null");
  }

  static Object present(Slot live) {
    return Objects.requireNonNull(live.value());
  }

  /**
   * The snapshot has a copy of its own, of which each run gets another: it may run in several
   * threads at once, and the task goes on with the original. The copy in the snapshot is one more
   * value of the task, unless there is nothing to do at its end.
   */
  @Override
  public Captured capture(Slot from, TaskOwner innermost) {
    LocalKey key = from.key();
    Object kept = copy(key, present(from));
    Share share = new Share(destruction, innermost.domain());
    if (share.needs(kept) != null) {
      innermost.made(new Kept(key, kept, share));
    }
    return new Captured() {
      @Override
      public @Nullable Domain needs() {
        return share.needs(kept);
      }

      @Override
      public void enter(TaskOwner part) {
        // Made first: what is acquired must not be lost for want of memory.
        Kept had = new Kept(key, kept, share);
        if (!share.acquire(kept)) {
          throw Inheritable.gone(key);
        }
        // The part gives it back, which may be the last to have it; after what is made from it.
        part.made(had);
        Copying.this.enter(key, kept, part);
      }
    };
  }

  /** A copy in a snapshot, as what a task has to destroy. */
  private static final class Kept implements Destructible {
    private final LocalKey key;
    private final Object copy;
    private final Share share;
    private @Nullable Destructible below;

    Kept(LocalKey key, Object copy, Share share) {
      this.key = key;
      this.copy = copy;
      this.share = share;
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
    public LocalKey key() {
      return key;
    }

    @Override
    public void destroy() throws Exception {
      share.destroy(copy);
    }
  }
}
