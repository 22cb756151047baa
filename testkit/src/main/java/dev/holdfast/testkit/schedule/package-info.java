// SPDX-License-Identifier: Apache-2.0
/** Schedules: who runs next at each step, chosen by a strategy, kept as a trace, and replayed. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.testkit.schedule;
