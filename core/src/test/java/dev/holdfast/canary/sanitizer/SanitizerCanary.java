// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.sanitizer;

import dev.holdfast.canary.slot.SlotCanary;

/** Breaks: sanitizer uses only shutdown. */
public class SanitizerCanary {
  SlotCanary forbidden;
}
