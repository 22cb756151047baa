// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.schedule;

/** Chooses among all with the same probability. */
final class RandomStrategy implements Strategy {

  @Override
  public Chooser begin(long seed) {
    Dice dice = new Dice(seed);
    return new Chooser() {
      @Override
      public int next(Choice choice) {
        return dice.next(choice.size());
      }

      @Override
      public int worker(int workers, int previous) {
        return dice.next(workers);
      }
    };
  }

  @Override
  public String toString() {
    return "random";
  }
}
