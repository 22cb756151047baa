// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.time.Duration;

/**
 * How long a round waits for what should happen.
 *
 * @param patience for a call that ends the runtime to return, and for a task to end, once nothing
 *     stands in their way
 * @param grace for values to be destroyed after that, and for tasks that nobody runs
 */
record Limits(Duration patience, Duration grace) {}
