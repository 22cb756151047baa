// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson2;

import dev.holdfast.jackson.PoolContract;

/** The pool for Jackson 2. */
final class WorkerRecyclerPoolTest extends PoolContract {
  WorkerRecyclerPoolTest() {
    super(Jackson2.VERSION);
  }
}
