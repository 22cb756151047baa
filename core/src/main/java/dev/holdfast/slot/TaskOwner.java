// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.shutdown.ShutdownReport;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A task as the owner of values, or a part of a task; made when the first of them is.
 *
 * <p>"On the owner" means: by the task's thread, wherever it is mounted; before the thread runs, by
 * who starts it; for a thread that the runtime did not make, after it has ended, by the thread that
 * ends its values. The values end where the task does.
 *
 * <p>A part of a task is a body that runs inside it with some values of its own. It sees those of
 * the task as well; what it makes belongs to it, and ends with it.
 *
 * <p>There may be as many of these as there are tasks, and most have one slot or two. So the slots
 * are a list, in which a key is searched, and a table once there are many.
 */
public final class TaskOwner extends Owner {

  /** The most slots that are searched one after the other. */
  private static final int MOST_LISTED = 8;

  private final TaskScope task;
  private final @Nullable TaskOwner outer;

  // All of these on the owner only.
  private @Nullable Slot newest;
  private @Nullable Slot @Nullable [] table;
  private boolean heritable;
  private boolean interrupted;

  /**
   * Makes an owner without values; on the owner.
   *
   * @param outer what it is a part of, or null
   */
  public TaskOwner(TaskScope task, @Nullable TaskOwner outer) {
    this.task = task;
    this.outer = outer;
    if (outer != null) {
      // An initialiser that runs a part of its task is still running there.
      initializing(outer.initializing());
    }
  }

  @Override
  public String name() {
    return task.title();
  }

  /** Returns what this is a part of, or null. */
  public @Nullable TaskOwner outer() {
    return outer;
  }

  /** Returns the runtime that the values belong to. */
  public Domain domain() {
    return task.domain();
  }

  /** Returns the live value of a local, or null; on the owner only. */
  public @Nullable Object value(LocalKey key) {
    // The newest slot is in the list also where there is a table; mostly it is the only one.
    Slot last = newest;
    return last != null && last.key() == key ? last.value() : searchedValue(key);
  }

  private @Nullable Object searchedValue(LocalKey key) {
    Slot slot = slot(key);
    return slot == null ? null : slot.value();
  }

  @Override
  public @Nullable Slot slot(LocalKey key) {
    @Nullable Slot[] all = table;
    if (all != null) {
      return all[place(all, key)];
    }
    for (Slot each = newest; each != null; each = each.next()) {
      if (each.key() == key) {
        return each;
      }
    }
    return null;
  }

  @Override
  public Slot newSlot(LocalKey key, Slot.@Nullable Destructor destructor) {
    Slot slot = new Slot(this, key, destructor);
    Slot last = newest;
    if (last != null) {
      slot.next(last);
      int count = count();
      if (count >= MOST_LISTED) {
        @Nullable Slot[] all = withRoom(count);
        all[place(all, key)] = slot;
      }
    }
    newest = slot;
    if (destructor instanceof Slot.Heritable) {
      heritable = true;
    }
    return slot;
  }

  private int count() {
    int count = 0;
    for (Slot each = newest; each != null; each = each.next()) {
      count++;
    }
    return count;
  }

  /** Returns the table, which is at most half full with one slot more. */
  private @Nullable Slot[] withRoom(int count) {
    @Nullable Slot[] all = table;
    if (all == null || 2 * (count + 1) > all.length) {
      all = new @Nullable Slot[4 * Integer.highestOneBit(count)];
      for (Slot each = newest; each != null; each = each.next()) {
        all[place(all, each.key())] = each;
      }
      table = all;
    }
    return all;
  }

  /** Returns where the slot of a key is, or is to go; by the index, of which no two are alike. */
  private static int place(@Nullable Slot[] all, LocalKey key) {
    int at = key.index() & (all.length - 1);
    for (Slot there = all[at]; there != null && there.key() != key; there = all[at]) {
      at = (at + 1) & (all.length - 1);
    }
    return at;
  }

  /**
   * Returns the live slots that are passed on, oldest first; on the owner only. A part comes after
   * what it is a part of, and hides the slots of the same local there.
   */
  public List<Slot> heritable() {
    List<Slot> found = List.of();
    for (TaskOwner each = this; each != null; each = each.outer) {
      if (each.heritable) {
        if (found.isEmpty()) {
          found = new ArrayList<>();
        }
        each.addHeritable(found, this);
      }
    }
    return found.isEmpty() ? found : found.reversed();
  }

  private void addHeritable(List<Slot> found, TaskOwner innermost) {
    for (Destructible each = top(); each != null; each = each.below()) {
      if (each instanceof Slot slot
          && slot.destructor() instanceof Slot.Heritable
          && innermost.nearest(slot.key()) == slot) {
        found.add(slot);
      }
    }
  }

  /** Returns the slot of a local here or in what this is a part of; null if it has no value. */
  public @Nullable Slot nearest(LocalKey key) {
    for (TaskOwner each = this; each != null; each = each.outer) {
      Slot slot = each.slot(key);
      if (slot != null && !slot.isEmpty()) {
        return slot;
      }
    }
    return null;
  }

  @Override
  boolean isRecorded() {
    // Tasks come and go by the million.
    return false;
  }

  @Override
  boolean endsWith(Thread thread, @Nullable TaskScope current) {
    return current == task;
  }

  @Override
  void making(Slot slot) {
    slot.key().making(slot);
  }

  @Override
  void changed(Slot slot, @Nullable Object value) {
    // A slot is asked for its value itself.
  }

  @Override
  protected void destroyed(boolean interruptedMeanwhile) {
    if (interruptedMeanwhile) {
      interrupted = true;
    }
  }

  @Override
  protected void failed(ShutdownReport.Failure failure) {
    task.domain().destructorFailed(failure);
  }

  /**
   * Destroys the values; on the owner. Nothing happens when it is called again. A destructor may
   * block, and is not told of an interrupt that was meant for the task's body; what came in
   * meanwhile is set again.
   */
  public void end() {
    if (ended()) {
      return;
    }
    if (Thread.interrupted()) {
      interrupted = true;
    }
    try {
      destroyAll();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
