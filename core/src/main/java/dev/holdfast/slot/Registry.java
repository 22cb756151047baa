// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A weakly consistent set of entries that one thread adds and any thread removes, without atomic
 * updates.
 *
 * <p>The owner is one thread, or a succession of threads that hand the registry over with a
 * happens-before edge. Entries stay where they were placed, in chunks of 256, so that removing one
 * is a single store of null.
 */
public final class Registry {

  /*
   * Places: the owner writes an entry to a place that it saw to be null, a remover writes null to
   * the place of an entry. So of two writers of a place only one has the right at a time, and no
   * atomic update is needed.
   *
   * The chunks form a list for the readers, the youngest first, and a ring for a clock hand of the
   * owner. The hand looks at 16 places (one cache line) with every add, and thus finds the chunks
   * in which a quarter of the places has become free before they are needed. When the current chunk
   * is used up, one of these takes its turn, or else a new chunk is made. Looking ahead, instead
   * of at the next chunk when the current one is used up, bounds both the work of one add (the rest
   * of one chunk, at most 192 places of another, and 16 places) and the memory: a hand that stops
   * before, or makes a chunk for, every crowded chunk that it meets would let a few long-lived
   * entries grow the ring for ever.
   *
   * Bound: let K be the chunks and P the most live entries there were. One turn of the hand takes
   * less than 17K adds. Chunks that it passes as crowded hold 193 entries each, which were alive
   * before the turn or were added during it: fewer than P/193 + 0.09K chunks. From K = 2P/193 on,
   * more than 0.4K chunks per turn become ready, with 64 places each at least, which is more than
   * the turn's adds need. So new chunks are made only while K is below that, or for one more turn,
   * which makes at most 0.07K: the places number less than 4P and a few chunks.
   *
   * Shrinking: a chunk that the hand found to be wholly free is dropped if more than half of the
   * chunks are ready. An unlinked chunk keeps its link to the next one, so that a reader that
   * stands on it goes on: all chunks that were there when the reader began stay ahead of it.
   */

  /**
   * What can be in a registry. It keeps its place itself; both accessors return what was placed.
   */
  public interface Entry {

    /**
     * Keeps the place; called by the owner of the registry, once per add, before anybody else can
     * find the entry there. What is stored here is published with the entry.
     *
     * @param chunk to be returned by {@link #chunk}
     * @param index to be returned by {@link #index}
     */
    void placed(Object[] chunk, int index);

    /**
     * The first part of the place.
     *
     * @return what was placed
     */
    Object[] chunk();

    /**
     * The second part of the place.
     *
     * @return what was placed
     */
    int index();
  }

  /**
   * An entry that does nothing else with its place than to keep it; for those that are free to
   * extend a class and need not count their bytes.
   */
  public abstract static class Placed implements Entry {

    // Written by the owner of the registry before this can be found there; read by who finds it, or
    // has had it handed over.
    private Object[] chunk = NOWHERE;
    private int index;

    /** Makes an entry that is in no registry. */
    protected Placed() {}

    @Override
    public final void placed(Object[] inChunk, int atIndex) {
      chunk = inChunk;
      index = atIndex;
    }

    @Override
    public final Object[] chunk() {
      return chunk;
    }

    @Override
    public final int index() {
      return index;
    }
  }

  /** What {@link Entry#chunk} may return before it was placed; one for all, to cost nothing. */
  public static final Object[] NOWHERE = {};

  /** The places of one chunk. */
  private static final class Chunk {
    /** Filled by the owner, emptied by all, read by all; modes: see PLACE. */
    final @Nullable Object[] places = new @Nullable Object[SIZE];

    /**
     * Written by the owner, read by all. Release and acquire: else a reader could find a chunk
     * whose places it sees as they were before they were made.
     */
    @Nullable Chunk next;

    /** Read and written by the owner. */
    @Nullable Chunk previous;

    /** Where in {@link #ready} this chunk is, or -1. Read and written by the owner. */
    int readyAt = -1;
  }

  private static final int SIZE = 256;

  /** How many places of a chunk must be free for it to be used again. */
  private static final int ENOUGH = SIZE / 4;

  /** How many places the hand looks at per add; divides SIZE. */
  private static final int STEP = 16;

  /**
   * Of Object[]. The owner stores an entry with release, and readers load with acquire: else they
   * could see an entry before its fields. Removers store null with release, and readers' acquire
   * sees what they did before: who finds a registry empty, at shutdown, sees all that its entries
   * did. The owner looks for null in opaque mode: per place, its store comes behind the null that
   * it saw, and it reads nothing else of the remover.
   */
  private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(Object[].class);

  private static final VarHandle NEXT;
  private static final VarHandle FIRST;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      NEXT = lookup.findVarHandle(Chunk.class, "next", Chunk.class);
      FIRST = lookup.findVarHandle(Registry.class, "first", Chunk.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /** The head of the list. Written by the owner with release, read by all; as Chunk.next. */
  private Chunk first;

  // All others are read and written by the owner alone.

  /** The chunk that is being filled, and its first place that was not looked at. */
  private Chunk current;

  private int cursor;

  /** The chunk that the hand is at, its first place not looked at, and the free ones before. */
  private Chunk hand;

  private int handAt;
  private int handFree;

  /** The chunks with at least ENOUGH free places, without the current one. */
  private final List<Chunk> ready = new ArrayList<>();

  private int chunks = 1;

  /** Creates an empty registry. */
  public Registry() {
    first = new Chunk();
    current = first;
    hand = first;
  }

  /**
   * Adds an entry; owner only.
   *
   * @param entry is in no registry
   */
  public void add(Entry entry) {
    lookAhead();
    for (; ; ) {
      @Nullable Object[] places = current.places;
      while (cursor < SIZE) {
        int index = cursor++;
        if (PLACE.getOpaque(places, index) == null) {
          place(entry, places, index);
          return;
        }
      }
      StackRoom.ensure();
      current = ready.isEmpty() ? grow() : unready(ready.getLast());
      cursor = 0;
    }
  }

  @SuppressWarnings("NullAway") // Entries never read the other places of their chunk.
  private static void place(Entry entry, @Nullable Object[] places, int index) {
    entry.placed(places, index);
    PLACE.setRelease(places, index, entry);
  }

  /**
   * Removes an entry; any thread, at most once per add.
   *
   * @param entry was added, and the caller knows so by a happens-before edge, or by having met it
   *     in {@link #forEach}
   */
  public static void remove(Entry entry) {
    remove(entry.chunk(), entry.index());
  }

  /** As the above, by the place of the entry. */
  static void remove(Object[] chunk, int index) {
    PLACE.setRelease(chunk, index, null);
  }

  /**
   * Calls the action with entries; any thread. Every entry that was added before this call, and is
   * not removed before it ends, is met once; others may be.
   *
   * @param action may add (if the caller is the owner) and remove
   */
  public void forEach(Consumer<? super Object> action) {
    Chunk chunk = first();
    while (chunk != null) {
      for (int i = 0; i < SIZE; i++) {
        Object entry = PLACE.getAcquire(chunk.places, i);
        if (entry != null) {
          action.accept(entry);
        }
      }
      chunk = next(chunk);
    }
  }

  /** As the above, with an argument, so that no object has to be made for the action. */
  public <A> void forEach(A argument, BiConsumer<? super Object, ? super A> action) {
    for (Chunk chunk = first(); chunk != null; chunk = next(chunk)) {
      for (int i = 0; i < SIZE; i++) {
        Object entry = PLACE.getAcquire(chunk.places, i);
        if (entry != null) {
          action.accept(entry, argument);
        }
      }
    }
  }

  /**
   * The number of entries; any thread. Looks at all places.
   *
   * @return exact if nobody adds or removes meanwhile
   */
  public long estimate() {
    long count = 0;
    for (Chunk chunk = first(); chunk != null; chunk = next(chunk)) {
      count += SIZE - free(chunk, 0, SIZE);
    }
    return count;
  }

  /**
   * Whether there is no entry; any thread. Looks at all places until it finds an entry.
   *
   * @return true only if every entry that was added before this call has been removed; the caller
   *     then sees what was done before the removals
   */
  public boolean isEmpty() {
    for (Chunk chunk = first(); chunk != null; chunk = next(chunk)) {
      for (int i = 0; i < SIZE; i++) {
        if (PLACE.getAcquire(chunk.places, i) != null) {
          return false;
        }
      }
    }
    return true;
  }

  /** The number of chunks; owner only. */
  int chunks() {
    return chunks;
  }

  /** Moves the hand by one step. */
  private void lookAhead() {
    Chunk chunk = hand;
    if (chunk == current || (chunk.readyAt >= 0 && !hasSurplus())) {
      moveHand();
      return;
    }
    int free = handFree + free(chunk, handAt, handAt + STEP);
    if (handAt + STEP < SIZE) {
      handFree = free;
      handAt += STEP;
      return;
    }
    boolean drop = free == SIZE && hasSurplus();
    boolean use = !drop && free >= ENOUGH && chunk.readyAt < 0;
    if (drop || use) {
      // Before anything is changed: a task that starts another may be at the end of its stack.
      StackRoom.ensure();
    }
    moveHand();
    if (drop) {
      unready(chunk);
      unlink(chunk);
    } else if (use) {
      makeReady(chunk);
    }
  }

  private void makeReady(Chunk chunk) {
    int at = ready.size();
    try {
      ready.add(chunk);
    } catch (OutOfMemoryError e) {
      // Not now: the hand comes by again.
      return;
    }
    chunk.readyAt = at;
  }

  private void moveHand() {
    Chunk next = hand.next;
    hand = next == null ? first : next;
    handAt = 0;
    handFree = 0;
  }

  private boolean hasSurplus() {
    return ready.size() > chunks / 2;
  }

  /**
   * Counts free places. To the owner a free place stays free, unless it fills it; it does so in the
   * current chunk only, and the hand does not stay there: a chunk is current for 64 adds at least.
   */
  private static int free(Chunk chunk, int from, int to) {
    // Plain reads, which the compiler unrolls: one that is too old sees an entry, never a free
    // place.
    @Nullable Object[] places = chunk.places;
    int free = 0;
    for (int i = from; i < to; i++) {
      free += places[i] == null ? 1 : 0;
    }
    return free;
  }

  /** Takes a chunk out of the ready ones, if it is there. */
  private Chunk unready(Chunk chunk) {
    int at = chunk.readyAt;
    if (at >= 0) {
      Chunk last = ready.removeLast();
      if (last != chunk) {
        ready.set(at, last);
        last.readyAt = at;
      }
      chunk.readyAt = -1;
    }
    return chunk;
  }

  private Chunk grow() {
    Chunk chunk = new Chunk();
    chunk.next = first;
    first.previous = chunk;
    chunks++;
    FIRST.setRelease(this, chunk);
    return chunk;
  }

  /** Unlinks a free chunk, which is neither the current one nor under the hand. */
  private void unlink(Chunk chunk) {
    Chunk previous = chunk.previous;
    Chunk next = chunk.next;
    if (next != null) {
      next.previous = previous;
    }
    if (previous != null) {
      NEXT.setRelease(previous, next);
    } else if (next != null) {
      FIRST.setRelease(this, next);
    }
    chunk.previous = null;
    chunks--;
  }

  private @Nullable Chunk first() {
    return (Chunk) FIRST.getAcquire(this);
  }

  private static @Nullable Chunk next(Chunk chunk) {
    return (Chunk) NEXT.getAcquire(chunk);
  }

  @Override
  public String toString() {
    return "Registry[" + estimate() + "]";
  }
}
