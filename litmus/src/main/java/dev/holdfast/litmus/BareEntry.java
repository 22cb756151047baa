// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.litmus;

import dev.holdfast.slot.Registry;

/** What a test puts into a list of holders, with a plain field to tell what else was seen. */
public final class BareEntry extends Registry.Placed {

  /** Raced for. */
  public int x;

  /** Makes an entry that is in no list. */
  public BareEntry() {}
}
