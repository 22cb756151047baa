// SPDX-License-Identifier: Apache-2.0
/**
 * Runtimes that are broken on purpose: an audit that does not find what is wrong with each of them
 * is blind.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.doomsday.canary;
