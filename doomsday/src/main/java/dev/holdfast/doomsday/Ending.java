// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

/** What a call that ends a runtime says when it returns. */
public enum Ending {
  /** That all is over: by its documentation the runtime has terminated. */
  COMPLETE,
  /** That the time was not enough. */
  TIMED_OUT,
  /** Nothing: it does not wait. */
  UNTOLD
}
