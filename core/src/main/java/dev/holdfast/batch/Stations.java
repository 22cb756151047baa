// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.batch;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.Service;
import dev.holdfast.slot.StackRoom;
import dev.holdfast.slot.Wrapping;
import java.util.Objects;
import java.util.function.Supplier;

/** The stations of all workers, of one queue. */
final class Stations<K> {

  /**
   * What they are made from.
   *
   * @param wrapped the function that the keys are for, whose class loader the stations go with
   */
  record Recipe<K>(int maxBatch, int capacity, Object wrapped)
      implements Supplier<Station<K>>, Wrapping {

    @Override
    public Station<K> get() {
      return new Station<>(maxBatch, capacity);
    }
  }

  private final WorkerLocal<Station<K>> local;
  private final Recipe<K> recipe;

  Stations(String name, Recipe<K> recipe) {
    this.local = WorkerLocal.<Station<K>>builder(recipe).name(name).build();
    this.recipe = recipe;
  }

  String name() {
    return local.name();
  }

  int capacity() {
    return recipe.capacity;
  }

  /**
   * Returns the station of the worker that the current task is on.
   *
   * @param form the method that is called, for the message
   */
  Station<K> here(String form) {
    // A place that is taken has to be given back, and others may rely on a batch that begins: none
    // of that must fail for want of stack.
    StackRoom.ensure();
    Thread current = Thread.currentThread();
    Station<K> station = local.ref().get();
    if (!current.isVirtual()) {
      throw new IllegalStateException(
          form
              + " of batch queue '"
              + name()
              + "' was called on "
              + current.getName()
              + ", the worker's own thread, which must not wait: call it in a task, outside of"
              + " onOwner(), hooks and destructors");
    }
    return station;
  }

  /**
   * Lets an entry join a batch; by who took a place for it, which is given back if this throws.
   *
   * @return whether it begins a batch
   */
  boolean join(Station<K> station, Entry<K> entry) {
    try {
      return station.join(entry);
    } catch (Throwable e) {
      station.leave(1);
      throw e;
    }
  }

  /** Starts the task that sees to a batch; if there can be none, the batch fails. */
  void start(Service body) {
    try {
      Objects.requireNonNull(Here.membership()).domain().serve(name(), body);
    } catch (Throwable e) {
      if (!body.cannotRun(e)) {
        throw e;
      }
    }
  }

  /** Checks that the function asked for the keys. */
  void checkTaken(Batch<K> batch) {
    if (!batch.isTaken()) {
      throw new IllegalStateException(
          "the function of batch queue '"
              + name()
              + "' returned without having asked for the keys of its batch, of which there are "
              + batch.close().number());
    }
  }
}
