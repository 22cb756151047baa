// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.memory;

import dev.holdfast.local.Lease;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A scope whose memory is all from the system, where slabs cannot be had. */
final class SystemScope implements Arena {

  private final WorkerArena arena;
  private final Lease<Slab> lease;
  private final Arena shared = Arena.ofShared();

  SystemScope(WorkerArena arena, Lease<Slab> lease) {
    this.arena = arena;
    this.lease = lease;
  }

  @Override
  public MemorySegment.Scope scope() {
    return shared.scope();
  }

  @Override
  public MemorySegment allocate(long byteSize, long byteAlignment) {
    WorkerArena.check(byteSize, byteAlignment);
    if (!shared.scope().isAlive()) {
      throw arena.closed("allocate()", lease);
    }
    return shared.allocate(byteSize, byteAlignment);
  }

  @Override
  public void close() {
    if (!shared.scope().isAlive()) {
      throw arena.closed("close()", lease);
    }
    // Throws on any thread but the task's own, before anything is done.
    lease.get();
    shared.close();
    lease.close();
  }

  @Override
  public String toString() {
    return "a scope of " + arena + (shared.scope().isAlive() ? "" : ", closed");
  }
}
