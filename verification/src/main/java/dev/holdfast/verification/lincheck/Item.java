// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.lincheck;

/**
 * What goes through the queues: a task that is known by its number.
 *
 * @param number its number
 */
public record Item(int number) implements Runnable {
  @Override
  public void run() {
    throw new UnsupportedOperationException("a task of a model is not to be run: " + this);
  }
}
