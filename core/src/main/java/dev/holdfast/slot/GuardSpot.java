// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

/** Where guards of a slot are open one after the other; stays in a list of the worker. */
public interface GuardSpot extends Registry.Entry, Holder {

  /** Says whether a guard is open here now; any thread, which then sees what was done under it. */
  boolean isOpen();
}
