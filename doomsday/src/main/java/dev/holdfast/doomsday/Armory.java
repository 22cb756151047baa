// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

/** Makes the values of one round, for the adapter to put on the threads of its runtime. */
public final class Armory {

  private final Witness witness;

  Armory(Witness witness) {
    this.witness = witness;
  }

  /**
   * Makes a value that the current thread owns.
   *
   * @param name for messages
   * @return the value
   */
  public ArmedValue make(String name) {
    return make(name, witness.owner(Thread.currentThread()));
  }

  /**
   * Makes a value. It is to be destroyed on its owner, before those that this owner made earlier.
   *
   * @param name for messages
   * @param owner who owns it
   * @return the value
   */
  public ArmedValue make(String name, Owner owner) {
    return new ArmedValue(witness, name, owner, true);
  }

  /**
   * Makes a value that is to be destroyed on its owner, at any time at which nobody has it: one of
   * a pool.
   *
   * @param name for messages
   * @param owner who owns it
   * @return the value
   */
  public ArmedValue makePooled(String name, Owner owner) {
    return new ArmedValue(witness, name, owner, false);
  }
}
