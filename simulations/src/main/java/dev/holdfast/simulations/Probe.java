// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import dev.holdfast.testkit.SimulatedRuntime;

/** A value that knows what was done to it, and says so if that was wrong. */
final class Probe {

  final String local;

  /** Counts up with each value that is made on the same owner. */
  final int number;

  /** The platform thread that the value belongs to. */
  final String owner;

  /** Whether a destructor has made it. */
  final boolean isLate;

  private final World world;

  // One thread of a simulation runs at a time.
  private boolean used;
  private int destroyed;

  Probe(World world, String local, int number, String owner, boolean isLate) {
    this.world = world;
    this.local = local;
    this.number = number;
    this.owner = owner;
    this.isLate = isLate;
  }

  /** Uses it, as one that several threads may use at once. */
  Probe use() {
    if (destroyed > 0) {
      throw world.wrong(this + " was used after its destructor had run");
    }
    return this;
  }

  /** Uses it up to a later suspension, as one that is one thread's alone. */
  void useAlone() {
    use();
    if (used) {
      throw world.wrong(this + " was handed out to two at once");
    }
    used = true;
    SimulatedRuntime.yieldPoint();
    use();
    used = false;
  }

  /** The destructor. */
  void destroy(String thread) {
    destroyed++;
    if (destroyed > 1) {
      throw world.wrong(this + " was destroyed twice");
    }
    world.destroyed(this, thread);
  }

  boolean isDestroyed() {
    return destroyed > 0;
  }

  @Override
  public String toString() {
    return local + "#" + number + " of " + owner;
  }
}
