// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import dev.holdfast.slot.Registry;

/** Something in a registry that only keeps its place. */
public final class ListedEntry extends Registry.Placed {}
