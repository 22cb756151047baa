// SPDX-License-Identifier: Apache-2.0
/**
 * Programs that use the handles of native libraries from virtual threads: each prints what happened
 * in a few lines, and throws if anything went wrong. What goes wrong without Holdfast is shown by
 * the programs in {@code plain}.
 */
@NullMarked
package dev.holdfast.examples.handles;

import org.jspecify.annotations.NullMarked;
