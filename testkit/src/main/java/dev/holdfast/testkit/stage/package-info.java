// SPDX-License-Identifier: Apache-2.0
/**
 * The mechanics of a simulation: carriers that take turns, one at a time, in an order that a
 * chooser makes.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.testkit.stage;
