// SPDX-License-Identifier: Apache-2.0
/**
 * Runs the litmus tests, which are in the packages of the classes that they test, and judges what
 * was seen.
 */
@NullMarked
package dev.holdfast.litmus;

import org.jspecify.annotations.NullMarked;
