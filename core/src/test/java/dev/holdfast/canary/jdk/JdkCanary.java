// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.jdk;

import dev.holdfast.canary.slot.SlotCanary;

/** Breaks: jdk uses none of ours. */
public class JdkCanary {
  SlotCanary forbidden;
}
