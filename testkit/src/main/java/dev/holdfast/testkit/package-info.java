// SPDX-License-Identifier: Apache-2.0
/**
 * Deterministic tests of blocking code on virtual threads: {@link
 * dev.holdfast.testkit.SimulatedRuntime}.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.testkit;
