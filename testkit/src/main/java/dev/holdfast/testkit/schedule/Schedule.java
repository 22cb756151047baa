// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.schedule;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The choices of a run in their order: enough to replay it, whatever strategy it was found with.
 *
 * <p>Only real choices are in it, those among at least two. As text it is one word: each choice a
 * digit in base 36, or a number in brackets if it takes more than one; zeros at the end are left
 * out, and {@code -} stands for no choice at all.
 */
public final class Schedule {

  private static final int BASE = 36;

  private final List<Integer> choices;

  private Schedule(List<Integer> choices) {
    this.choices = choices;
  }

  /**
   * Makes a schedule.
   *
   * @param choices the choices, none negative
   * @return the schedule
   */
  public static Schedule of(List<Integer> choices) {
    int length = choices.size();
    while (length > 0 && choices.get(length - 1) == 0) {
      length--;
    }
    return new Schedule(List.copyOf(choices.subList(0, length)));
  }

  /**
   * Reads a schedule.
   *
   * @param text what {@link #toString} returned
   * @return the schedule
   * @throws IllegalArgumentException if it is no such text
   */
  public static Schedule parse(String text) {
    List<Integer> choices = new ArrayList<>();
    if (text.equals("-")) {
      return of(choices);
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int end = c == '(' ? text.indexOf(')', i) : i;
      try {
        choices.add(
            c == '('
                ? Integer.parseUnsignedInt(text.substring(i + 1, Math.max(i + 1, end)))
                : Integer.parseInt(text, i, i + 1, BASE));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(
            "not a schedule: '"
                + text
                + "' has '"
                + c
                + "' at "
                + i
                + ", where a digit or a number in brackets should be; copy the whole word that a"
                + " failure prints",
            e);
      }
      i = end;
    }
    return of(choices);
  }

  /** Returns a choice, 0 where there is none any more. */
  int choice(int number) {
    return number < choices.size() ? choices.get(number) : 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Schedule schedule && choices.equals(schedule.choices);
  }

  @Override
  public int hashCode() {
    return Objects.hash(choices);
  }

  /** Returns the text that {@link #parse} reads. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int choice : choices) {
      if (choice < BASE) {
        text.append(Character.forDigit(choice, BASE));
      } else {
        text.append('(').append(choice).append(')');
      }
    }
    return text.isEmpty() ? "-" : text.toString();
  }
}
