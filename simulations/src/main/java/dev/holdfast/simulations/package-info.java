// SPDX-License-Identifier: Apache-2.0
/**
 * The scenarios of {@code docs/scenarios.md} that need no real threads, in a simulated runtime:
 * {@link dev.holdfast.simulations.Main} runs them.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.simulations;
