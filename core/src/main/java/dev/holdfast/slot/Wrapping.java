// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

/** A body that runs another one, which says better whose code it is. */
public interface Wrapping {

  /** Returns the other one. */
  Object wrapped();
}
