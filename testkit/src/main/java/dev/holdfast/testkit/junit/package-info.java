// SPDX-License-Identifier: Apache-2.0
/**
 * JUnit tests on runtimes: on real ones by {@link dev.holdfast.testkit.junit.RuntimeTest}, on a
 * simulated one by {@link dev.holdfast.testkit.junit.SimulatedTest}.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.testkit.junit;
