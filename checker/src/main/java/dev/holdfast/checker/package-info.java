// SPDX-License-Identifier: Apache-2.0
/**
 * Checks of Error Prone for code that uses Holdfast.
 *
 * <p>Each check is a class, named as the check is; {@link dev.holdfast.checker.HoldfastApi} holds
 * what they know of the API, by names. A shape that a check does not know is no finding: silence
 * rather than a false alarm.
 */
@NullMarked
package dev.holdfast.checker;

import org.jspecify.annotations.NullMarked;
