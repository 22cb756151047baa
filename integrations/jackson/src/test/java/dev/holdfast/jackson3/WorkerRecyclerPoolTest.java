// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson3;

import dev.holdfast.jackson.PoolContract;

/** The pool for Jackson 3. */
final class WorkerRecyclerPoolTest extends PoolContract {
  WorkerRecyclerPoolTest() {
    super(Jackson3.VERSION);
  }
}
