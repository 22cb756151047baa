// SPDX-License-Identifier: Apache-2.0
/**
 * Small programs that show one thing each; every one of them is also run by a test. One with
 * several classes is in a package of its own: {@code host}, a host of plugins.
 */
@NullMarked
package dev.holdfast.examples;

import org.jspecify.annotations.NullMarked;
