// SPDX-License-Identifier: Apache-2.0
/**
 * The checker of data structures: Lincheck on the real ones, and on the smallest broken ones.
 *
 * <p>A model's operations are called by Lincheck, on several threads, and what they return must be
 * what its sequential specification returns in some order of the same calls.
 */
@NullMarked
package dev.holdfast.verification.lincheck;

import org.jspecify.annotations.NullMarked;
