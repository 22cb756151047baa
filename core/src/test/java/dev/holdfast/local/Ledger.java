// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.slot.WorkerOwner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/** The book of all values that a test's locals made: where, and when and by whom destroyed. */
final class Ledger {

  // Guarded by this.
  private final List<Probe> made = new ArrayList<>();
  private final List<Probe> destroyed = new ArrayList<>();

  /** A value that knows where it was made, and sees it if two use it at the same time. */
  final class Probe implements AutoCloseable {
    private final String name;
    private final WorkerOwner madeOn = Elsewhere.worker();
    private final AtomicInteger users = new AtomicInteger();

    /** Not synchronized: for those who have the value for themselves. */
    int uses;

    // Written by who destroys.
    private volatile Thread destroyedBy;
    private final AtomicInteger closes = new AtomicInteger();

    private Probe(String name) {
      this.name = name;
    }

    WorkerOwner madeOn() {
      return madeOn;
    }

    boolean isDestroyed() {
      return destroyedBy != null;
    }

    /** Begins a use that must be the only one until {@link #leave}. */
    void enter() {
      assertThat(users.incrementAndGet()).as("users of " + this).isEqualTo(1);
      assertThat(isDestroyed()).as("destroyed: " + this).isFalse();
    }

    void leave() {
      uses++;
      assertThat(users.decrementAndGet()).as("users of " + this).isZero();
    }

    @Override
    public void close() {
      destroyedBy = Thread.currentThread();
      closes.incrementAndGet();
      synchronized (Ledger.this) {
        destroyed.add(this);
      }
    }

    @Override
    public String toString() {
      return name + " of " + madeOn.name();
    }
  }

  /** Makes a value. */
  Probe make() {
    return make("probe");
  }

  /** Makes a value with a name. */
  synchronized Probe make(String name) {
    Probe probe = new Probe(name + "#" + made.size());
    made.add(probe);
    return probe;
  }

  /** Returns the values made so far, in that order. */
  synchronized List<Probe> made() {
    return List.copyOf(made);
  }

  /** Returns the values destroyed so far, in that order. */
  synchronized List<Probe> destroyed() {
    return List.copyOf(destroyed);
  }

  /** Checks that each was destroyed once, on its worker's own thread. */
  synchronized void assertEachDestroyedOnItsOwner() {
    for (Probe probe : made) {
      assertThat(probe.closes).as("destructions of " + probe).hasValue(1);
      assertThat(probe.destroyedBy.isVirtual()).isFalse();
      assertThat(probe.destroyedBy.getName()).isEqualTo(probe.madeOn.name());
    }
    assertThat(destroyed).hasSameSizeAs(made);
  }

  /** Checks in addition that on each worker the last made was destroyed first. */
  synchronized void assertLastMadeDestroyedFirst() {
    assertEachDestroyedOnItsOwner();
    Set<WorkerOwner> workers =
        made.stream().map(Probe::madeOn).collect(Collectors.toCollection(LinkedHashSet::new));
    for (WorkerOwner worker : workers) {
      assertThat(on(worker, destroyed)).isEqualTo(new ArrayList<>(on(worker, made)).reversed());
    }
  }

  private static List<Probe> on(WorkerOwner worker, List<Probe> probes) {
    List<Probe> list = new ArrayList<>(probes);
    list.removeIf(probe -> probe.madeOn != worker);
    return Collections.unmodifiableList(list);
  }
}
