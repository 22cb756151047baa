// SPDX-License-Identifier: Apache-2.0
/** Small programs that show one thing each; every one of them is also run by a test. */
@NullMarked
package dev.holdfast.examples;

import org.jspecify.annotations.NullMarked;
