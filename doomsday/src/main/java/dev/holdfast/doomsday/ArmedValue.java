// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A value of a thread, that notices what is done to it: uses before, during and after its
 * destruction, and by whom it is destroyed.
 *
 * <p>Stands for what must not be touched once it is freed, such as native memory. All methods may
 * be called by any thread; what should not have been called is what it is here to notice.
 */
public final class ArmedValue implements AutoCloseable {

  /** The bit of {@link #uses} that is set from the beginning of the destruction on. */
  private static final int DESTROYED = Integer.MIN_VALUE;

  private final Witness witness;
  private final String name;
  private final Owner owner;
  private final boolean ordered;

  // The number of uses that go on, and DESTROYED. One word, so that a use and the destruction
  // cannot both be first.
  private final AtomicInteger uses = new AtomicInteger();

  // Set once, before DESTROYED is, by the thread whose destruction is the first.
  private final AtomicReference<@Nullable Destruction> destruction = new AtomicReference<>();

  // Set by that thread at the end of its destructor, read by who waits for it.
  private volatile boolean gone;

  /** By whom and where a value was destroyed. */
  private record Destruction(Thread by, Throwable place) {}

  ArmedValue(Witness witness, String name, Owner owner, boolean ordered) {
    this.witness = witness;
    this.name = name;
    this.owner = owner;
    this.ordered = ordered;
    witness.made(this);
  }

  /** Uses the value for a moment, and reports if it is destroyed before the end of it. */
  void use(int spins) {
    boolean late = uses.getAndIncrement() < 0;
    if (!late) {
      for (int i = 0; i < spins; i++) {
        Thread.onSpinWait();
      }
    }
    int after = uses.decrementAndGet();
    if (late || after < 0) {
      Destruction seen = destruction.get();
      witness.report(
          Verdict.USE_AFTER_DESTROY,
          "%s was %s by %s, %s"
              .formatted(
                  this,
                  late ? "used" : "in use",
                  Witness.name(Thread.currentThread()),
                  (late ? "after" : "when")
                      + " it was destroyed by "
                      + (seen == null ? "nobody known" : Witness.name(seen.by))),
          seen == null
              ? Map.of("use", new Throwable())
              : Map.of("use", new Throwable(), "destruction", seen.place));
    }
  }

  /** Destroys the value: what the destructor of a real one would do. */
  public void destroy() {
    Thread current = Thread.currentThread();
    Destruction mine = new Destruction(current, new Throwable());
    if (!destruction.compareAndSet(null, mine)) {
      Destruction first = destruction.get();
      witness.report(
          Verdict.DOUBLE_DESTROY,
          this + " was destroyed again, by " + Witness.name(current),
          first == null
              ? Map.of("destruction", mine.place)
              : Map.of("first destruction", first.place, "second destruction", mine.place));
      return;
    }
    uses.getAndUpdate(count -> count | DESTROYED);
    if (current != owner.thread()) {
      witness.report(
          Verdict.WRONG_THREAD,
          this + " was destroyed by " + Witness.name(current),
          Map.of("destruction", mine.place));
    }
    witness.destroyed(this, mine.place);
    try {
      witness.destructor().accept(this);
    } finally {
      gone = true;
      witness.gone(this);
    }
  }

  /** Does as {@link #destroy}. */
  @Override
  public void close() {
    destroy();
  }

  /** Returns whether a use of it goes on. */
  boolean inUse() {
    return (uses.get() & ~DESTROYED) != 0;
  }

  /** Returns whether its destructor has been run to its end. */
  boolean gone() {
    return gone;
  }

  /** Returns where it was destroyed; nothing if it was not. */
  List<StackTraceElement> destruction() {
    Destruction seen = destruction.get();
    return seen == null ? List.of() : Arrays.asList(seen.place.getStackTrace());
  }

  Owner owner() {
    return owner;
  }

  boolean ordered() {
    return ordered;
  }

  @Override
  public String toString() {
    return "value '" + name + "' of " + owner;
  }
}
