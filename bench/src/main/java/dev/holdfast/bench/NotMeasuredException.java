// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

/** A contestant cannot be measured on this machine; the row goes on without it, and says why. */
public final class NotMeasuredException extends Exception {

  private static final long serialVersionUID = 1;

  /**
   * Makes one.
   *
   * @param why a sentence, without a full stop, that is printed with the row
   */
  public NotMeasuredException(String why) {
    super(why);
  }
}
