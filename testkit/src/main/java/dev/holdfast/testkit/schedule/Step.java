// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.schedule;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One turn: somebody ran, from where he stood to where he waited, gave his turn away or ended.
 *
 * @param number which turn it was
 * @param who ran, with a number that is the same in each run of the same schedule
 * @param where what it ran on, such as a worker
 * @param time the simulated time since the start
 * @param how how the turn ended
 * @param place where in the code it stood then, or null if that was not looked at
 */
public record Step(
    int number, String who, String where, Duration time, String how, @Nullable String place) {

  /**
   * Says whether another step is the same but for its place.
   *
   * @param other the other one
   * @return whether it is
   */
  public boolean isSameTurn(Step other) {
    return number == other.number
        && who.equals(other.who)
        && where.equals(other.where)
        && Objects.equals(time, other.time)
        && how.equals(other.how);
  }

  @Override
  public String toString() {
    String text =
        String.format("%5d %6d ms  %-20s %-10s %s", number, time.toMillis(), who, where, how);
    return place == null ? text : text + " at " + place;
  }
}
