// SPDX-License-Identifier: Apache-2.0
/**
 * Owners, their slots and their destructors: what runtimes and locals share.
 *
 * <p>An owner holds one slot for each local that was used on it and a stack of what it must
 * destroy. {@link dev.holdfast.slot.Here} says which owner the running code is on.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.slot;
