// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.schedule;

/** Makes the choices of one run again. */
final class ReplayStrategy implements Strategy {

  private final Schedule schedule;

  // Whether the one run was begun.
  private boolean begun;

  ReplayStrategy(Schedule schedule) {
    this.schedule = schedule;
  }

  @Override
  public Chooser begin(long seed) {
    begun = true;
    return new Chooser() {
      private int number;

      @Override
      public int next(Choice choice) {
        return choice.size() == 1 ? 0 : again(choice.size(), "step " + choice.step());
      }

      @Override
      public int worker(int workers, int previous) {
        return workers == 1 ? 0 : again(workers, "the choice of a worker");
      }

      private int again(int options, String where) {
        int chosen = schedule.choice(number++);
        if (chosen >= options) {
          throw new IllegalStateException(
              "the schedule does not fit: it says "
                  + chosen
                  + " at "
                  + where
                  + ", where there are "
                  + options
                  + " to choose from. It is of another test, of another number of workers, or what is"
                  + " tested depends on more than the schedule");
        }
        return chosen;
      }
    };
  }

  @Override
  public boolean isSeeded() {
    return false;
  }

  @Override
  public boolean isExhausted() {
    return begun;
  }

  @Override
  public String toString() {
    return "replay";
  }
}
