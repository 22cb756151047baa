// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.memory;

import dev.holdfast.jdk.MemorySessions;
import dev.holdfast.local.EscapedReferenceException;
import dev.holdfast.local.Lease;
import dev.holdfast.local.LeaseOverflow;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.slot.Once;
import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Off-heap memory for a while, from slabs that belong to the workers.
 *
 * {@snippet lang="java" :
 * static final WorkerArena ARENA = WorkerArena.create();
 *
 * try (Arena scope = ARENA.open()) {
 *   MemorySegment segment = scope.allocate(64);
 *   // across blocking points, and on any thread that has the scope or the segment
 * }
 * }
 *
 * <p>What {@link #open} returns behaves as {@link Arena#ofShared}, with segments that are zeroed,
 * aligned as asked for, and dead after the close, but is closed by the task that opened it alone.
 * It holds a {@linkplain WorkerLocal#lease lease} of a slab, and is one to the runtime: a scope
 * that is still open when its task ends is reported as a leak, and its slab is not used again.
 *
 * <p>A close does not stop the other threads of the JVM, as that of a shared arena has to, because
 * the memory of the slab stays. An access that begins after the close throws {@link
 * IllegalStateException}; one that a careless thread makes at the same time may see what the next
 * scope writes there. The memory of a slab goes back to the system when the garbage collector finds
 * it out of use, some time after its runtime has closed.
 *
 * <p>What the slab has no room for is taken from the system. Then, and in a JVM whose internals are
 * out of reach ({@link #isPooled}), a close costs what that of a shared arena does.
 *
 * <p>Usually a static constant.
 */
public final class WorkerArena {

  private static final AtomicLong UNNAMED = new AtomicLong();

  private final WorkerLocal<Slab> slabs;

  private WorkerArena(String name, long slabSize, int slabsPerWorker) {
    boolean pooled = isPooled();
    this.slabs =
        WorkerLocal.builder(() -> pooled ? new Slab(slabSize) : Slab.NONE)
            .name(name)
            .destructor(slab -> {})
            .leases(slabsPerWorker)
            .overflow(LeaseOverflow.TEMPORARY)
            .build();
  }

  /**
   * Makes an arena with the defaults of {@link #builder}.
   *
   * @return the arena
   */
  public static WorkerArena create() {
    return builder().build();
  }

  /**
   * Returns a builder of an arena.
   *
   * @return the builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Says whether scopes of this JVM take memory from slabs. That takes the flag of the carrier
   * tier, whichever tier a runtime is of; without it each scope is a shared arena of its own.
   *
   * @return whether they do
   */
  public static boolean isPooled() {
    return MemorySessions.PRESENT;
  }

  /**
   * Returns the name that messages and reports use.
   *
   * @return the name
   */
  public String name() {
    return slabs.name();
  }

  /**
   * Opens a scope on the worker that the current task is on.
   *
   * @return the scope; to be closed by the current task, once
   * @throws EscapedReferenceException if the current thread is no task
   */
  public Arena open() {
    Lease<Slab> lease = slabs.lease();
    try {
      Slab slab = lease.get();
      return slab == Slab.NONE ? new SystemScope(this, lease) : new SlabScope(this, lease, slab);
    } catch (Throwable e) {
      lease.close();
      throw e;
    }
  }

  /**
   * Returns what use after the close throws. Its cause is what the lease says of itself, with the
   * places of taking and closing as far as they are recorded.
   */
  ScopeClosedException closed(String form, Lease<Slab> lease) {
    ScopeClosedException closed =
        new ScopeClosedException(
            form
                + " of a scope of arena '"
                + name()
                + "' was called on "
                + Thread.currentThread()
                + " after it was closed: close a scope once, after its last use");
    try {
      lease.get();
    } catch (EscapedReferenceException told) {
      closed.initCause(told);
    }
    return closed;
  }

  /** Checks what is asked for, as the JDK's arenas do. */
  static void check(long byteSize, long byteAlignment) {
    if (byteSize < 0) {
      throw new IllegalArgumentException("Invalid allocation size: " + byteSize);
    }
    if (byteAlignment <= 0 || (byteAlignment & byteAlignment - 1) != 0) {
      throw new IllegalArgumentException("Invalid alignment constraint: " + byteAlignment);
    }
  }

  @Override
  public String toString() {
    return "WorkerArena[" + name() + "]";
  }

  /** Builds a {@link WorkerArena}. Each property may be set once. Not thread-safe. */
  public static final class Builder {

    private static final long DEFAULT_SLAB_SIZE = 64 * 1024;
    private static final int DEFAULT_SLABS = 16;

    private @Nullable String name;
    private @Nullable Long slabSize;
    private @Nullable Integer slabs;

    private Builder() {}

    /**
     * Sets the name for messages and reports. Default: {@code arena-<number>}.
     *
     * @param value not blank
     * @return this builder
     */
    public Builder name(String value) {
      name = Once.name(name, value);
      return this;
    }

    /**
     * Sets how much a scope can allocate before it has to ask the system. Default: 65,536 bytes.
     *
     * @param bytes 64 to 1,073,741,824
     * @return this builder
     */
    public Builder slabSize(long bytes) {
      Once.set("slabSize", slabSize, bytes);
      if (bytes < 64 || bytes > 1 << 30) {
        throw new IllegalArgumentException(
            "slabSize must be from 64 to 1073741824 bytes, not " + bytes);
      }
      slabSize = bytes;
      return this;
    }

    /**
     * Sets the most slabs that each worker keeps, and so how many scopes may be open on it at once
     * before one has to be made for a scope alone. Default: 16.
     *
     * @param perWorker 1 to 65,536
     * @return this builder
     */
    public Builder slabs(int perWorker) {
      slabs = Once.inRange("slabs", slabs, perWorker, 1, 65_536);
      return this;
    }

    /**
     * Makes the arena.
     *
     * @return the arena
     */
    public WorkerArena build() {
      return new WorkerArena(
          name == null ? "arena-" + UNNAMED.incrementAndGet() : name,
          slabSize == null ? DEFAULT_SLAB_SIZE : slabSize,
          slabs == null ? DEFAULT_SLABS : slabs);
    }
  }
}
