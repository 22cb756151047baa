// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.memory;

import dev.holdfast.jdk.MemorySessions;
import dev.holdfast.local.Lease;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** A scope that allocates from the front of a slab to its end, and past that from the system. */
final class SlabScope implements Arena {

  private static final VarHandle NEXT;

  static {
    try {
      NEXT = MethodHandles.lookup().findVarHandle(SlabScope.class, "next", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final WorkerArena arena;
  private final Lease<Slab> lease;
  private final MemorySegment.Scope session;
  private final long end;

  // The address of what is free. Moved by CAS: any thread may allocate.
  private volatile long next;

  // Memory for what the slab has no room for. Made under the lock of this, and closed under it.
  private @Nullable Arena overflow;

  SlabScope(WorkerArena arena, Lease<Slab> lease, Slab slab) {
    this.arena = arena;
    this.lease = lease;
    this.session = slab.session();
    this.next = slab.address();
    this.end = next + slab.bytes();
  }

  @Override
  public MemorySegment.Scope scope() {
    return session;
  }

  @Override
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    WorkerArena.check(byteSize, byteAlignment);
    while (true) {
      long from = next;
      long start = (from + byteAlignment - 1) & -byteAlignment;
      // In this order: the sum of a great size would be less than nothing.
      if (start < from || byteSize > end - start) {
        return allocateOutside(byteSize, byteAlignment);
      }
      // At least a byte, as from the system: two segments are at two places.
      if (NEXT.compareAndSet(this, from, start + Math.max(byteSize, 1))) {
        return alive(start, byteSize).fill((byte) 0);
      }
    }
  }

  private MemorySegment alive(long address, long bytes) {
    if (!session.isAlive()) {
      throw arena.closed("allocate()", lease);
    }
    return MemorySessions.segment(address, bytes, session);
  }

  private synchronized MemorySegment allocateOutside(long byteSize, long byteAlignment) {
    if (!session.isAlive()) {
      throw arena.closed("allocate()", lease);
    }
    Arena more = overflow;
    if (more == null) {
      more = Arena.ofShared();
      overflow = more;
    }
    return alive(more.allocate(byteSize, byteAlignment).address(), byteSize);
  }

  @Override
  public void close() {
    if (!session.isAlive()) {
      throw arena.closed("close()", lease);
    }
    // Throws on any thread but the task's own, before anything is done.
    lease.get();
    synchronized (this) {
      Arena more = overflow;
      if (more == null) {
        MemorySessions.end(session);
      } else {
        // Memory goes back to the system: nobody may be inside an access.
        MemorySessions.close(session);
        more.close();
      }
    }
    lease.close();
  }

  @Override
  public String toString() {
    return "a scope of " + arena + (session.isAlive() ? "" : ", closed");
  }
}
