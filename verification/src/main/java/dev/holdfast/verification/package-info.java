// SPDX-License-Identifier: Apache-2.0
/** The command that runs the checkers, and what a checker is to it. */
@NullMarked
package dev.holdfast.verification;

import org.jspecify.annotations.NullMarked;
