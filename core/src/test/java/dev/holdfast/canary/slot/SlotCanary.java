// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.slot;

import dev.holdfast.canary.local.LocalCanary;
import java.lang.reflect.AccessibleObject;

/** Breaks: slot uses neither runtime nor local; only jdk opens what is closed. */
public class SlotCanary {
  LocalCanary forbidden;

  void open(AccessibleObject member) {
    member.setAccessible(true);
  }
}
