// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.WorkerLocal;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A local whose values know where they were made, and count their destructions and late uses. */
final class Tally {

  private final Set<Value> values = ConcurrentHashMap.newKeySet();

  /** Uses of a value after its destruction began. */
  final AtomicInteger late = new AtomicInteger();

  final AtomicInteger destroyed = new AtomicInteger();

  final WorkerLocal<Value> local;

  Tally() {
    this("tally");
  }

  Tally(String name) {
    local = WorkerLocal.builder(this::make).name(name).destructor(Value::destroy).build();
  }

  private Value make() {
    Value value = new Value(Place.ownersThread());
    values.add(value);
    return value;
  }

  /** Returns how many values were made so far. */
  int made() {
    return values.size();
  }

  List<Value> values() {
    return List.copyOf(values);
  }

  /**
   * Checks that each value was destroyed once, on the thread it was made on, after its last use.
   */
  void assertEachDestroyedOnce() {
    for (Value value : values) {
      assertThat(value.destructions).as("destructions of the value of " + value).hasValue(1);
      assertThat(value.destroyedOn).isSameAs(value.madeOn);
    }
    assertThat(destroyed).hasValue(values.size());
    assertThat(late).as("uses after destruction").hasValue(0);
  }

  /** Checks that no value was destroyed yet. */
  void assertAllAlive() {
    assertThat(destroyed).as("values destroyed too early").hasValue(0);
  }

  /** A value of one worker, for any number of threads. */
  final class Value {
    final Thread madeOn;
    final AtomicInteger destructions = new AtomicInteger();
    private final AtomicInteger touches = new AtomicInteger();

    // Written by the destructor, read by uses that come too late: volatile.
    private volatile Thread destroyedOn;

    private Value(Thread madeOn) {
      this.madeOn = madeOn;
    }

    /** Uses the value. */
    int touch() {
      if (destroyedOn != null) {
        late.incrementAndGet();
      }
      return touches.incrementAndGet();
    }

    private void destroy() {
      destroyedOn = Thread.currentThread();
      destructions.incrementAndGet();
      destroyed.incrementAndGet();
    }

    @Override
    public String toString() {
      return madeOn.getName();
    }
  }
}
