// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.memory;

import dev.holdfast.jdk.MemorySessions;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A piece of memory of a worker, for one scope at a time.
 *
 * <p>It is the garbage collector that gives it back: it alone can tell that no late access to a
 * closed scope is under way.
 */
final class Slab {

  /** The alignment of the memory: what a page has on most systems, and so what a cache line has. */
  private static final long ALIGNMENT = 4096;

  /** Stands for one where there are none. */
  static final Slab NONE = new Slab(MemorySegment.NULL, MemorySegment.NULL);

  private final MemorySegment memory;
  private final Object kept;

  Slab(long bytes) {
    this(Arena.ofAuto().allocate(bytes, Math.min(ALIGNMENT, Long.highestOneBit(bytes))));
  }

  private Slab(MemorySegment memory) {
    this(memory, MemorySessions.keep(memory));
  }

  private Slab(MemorySegment memory, Object kept) {
    this.memory = memory;
    this.kept = kept;
  }

  long address() {
    return memory.address();
  }

  long bytes() {
    return memory.byteSize();
  }

  /** Begins a session of segments of this. */
  MemorySegment.Scope session() {
    return MemorySessions.open(kept);
  }
}
