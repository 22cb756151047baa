// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.memory;

import dev.holdfast.canary.slot.SlotCanary;

/** Breaks: memory does not use slot. */
public class MemoryCanary {
  SlotCanary forbidden;
}
