// SPDX-License-Identifier: Apache-2.0
/**
 * The runtimes that are audited, each used as its documentation says, with the title of that
 * documentation beside.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.doomsday.runtimes;
