// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Some entries of one station that are seen to together, by who began it or by a task in its place.
 *
 * <p>It is open while its last entry is the station's last, and keys may join. It is closed by who
 * sees to it, or by who finds it full.
 */
final class Batch<K> implements PendingBatch<K> {

  private final Station<K> station;

  // The last entry, once nobody can join. Written by who finds the batch full, before he shows
  // another one in its stead, or by who sees to it, who reads it: volatile, for what is in it.
  private volatile @Nullable Entry<K> last;

  // Of who sees to the batch.
  private Entry<K> @Nullable [] wanted;
  private @Nullable List<K> keys;

  Batch(Station<K> station) {
    this.station = station;
  }

  /** Notes the last entry of a batch that is full; before another one is shown. */
  void full(Entry<K> lastOne) {
    last = lastOne;
  }

  @Override
  public int size() {
    Entry<K> lastOne = last;
    return lastOne != null ? lastOne.number() : station.size(this);
  }

  /** Closes the batch, if it is open, and returns its last entry. */
  Entry<K> close() {
    Entry<K> lastOne = last;
    if (lastOne == null) {
      lastOne = station.close(this);
      if (lastOne == null) {
        lastOne = Objects.requireNonNull(last, "a batch was replaced before it was full");
      }
      last = lastOne;
    }
    return lastOne;
  }

  @Override
  public List<K> keys() {
    List<K> known = keys;
    if (known != null) {
      return known;
    }
    Entry<K> lastOne = close();
    int size = lastOne.number();
    Entry<K>[] all = entries(size);
    int from = gather(lastOne, all, false);
    if (from == size) {
      // All have given up: a function never gets a batch of nothing.
      from = gather(lastOne, all, true);
    }
    Entry<K>[] kept = from == 0 ? all : Arrays.copyOfRange(all, from, size);
    Object[] found = new Object[kept.length];
    Arrays.setAll(found, at -> kept[at].key());
    @SuppressWarnings("unchecked") // keys alone
    K[] each = (K[]) found;
    known = List.of(each);
    wanted = kept;
    keys = known;
    return known;
  }

  /** Fills an array from its end with the entries that are wanted, or all; returns from where. */
  private static <K> int gather(Entry<K> lastOne, Entry<K>[] into, boolean all) {
    int from = into.length;
    for (Entry<K> each = lastOne; each != null; each = each.before()) {
      if (all || each.isWanted()) {
        into[--from] = each;
      }
    }
    return from;
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // of entries of one batch alone
  private static <K> Entry<K>[] entries(int size) {
    return new Entry[size];
  }

  /** Says whether somebody asked for the keys. */
  boolean isTaken() {
    return keys != null;
  }

  /** Returns the entries whose keys were asked for, in the same order. */
  Entry<K>[] wanted() {
    return Objects.requireNonNull(wanted);
  }

  /** Gives the places of all entries back; once. */
  void leave() {
    station.leave(close().number());
  }

  @Override
  public String toString() {
    return "a batch of " + size() + (last == null ? " so far" : "");
  }
}
