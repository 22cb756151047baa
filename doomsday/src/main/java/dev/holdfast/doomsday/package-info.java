// SPDX-License-Identifier: Apache-2.0
/**
 * Audits a runtime for what becomes of the values of its threads when it ends: describe it by a
 * {@link dev.holdfast.doomsday.RuntimeAdapter}, and play {@link dev.holdfast.doomsday.Scenario}s on
 * it by {@link dev.holdfast.doomsday.Doomsday}.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.doomsday;
