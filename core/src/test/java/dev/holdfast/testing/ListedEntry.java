// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import dev.holdfast.slot.Registry;

/** Something in a registry that only keeps its place. */
public final class ListedEntry implements Registry.Entry {
  private Object[] chunk = Registry.NOWHERE;
  private int index;

  @Override
  public void placed(Object[] inChunk, int atIndex) {
    chunk = inChunk;
    index = atIndex;
  }

  @Override
  public Object[] chunk() {
    return chunk;
  }

  @Override
  public int index() {
    return index;
  }
}
