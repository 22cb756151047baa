// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import org.jspecify.annotations.Nullable;

/** Fills the heap of a forked JVM so that no object fits into it any more, until it is released. */
public final class FullHeap {

  // Written by who fills, cleared by who releases.
  private static volatile @Nullable Node hog;

  /** As small as objects are: where no such fits, none does. */
  private static final class Node {
    @SuppressWarnings("unused") // only to be reachable
    private final @Nullable Node next;

    Node(@Nullable Node next) {
      this.next = next;
    }
  }

  private FullHeap() {}

  /** Fills the heap to the last place. Makes no object that stays but those that fill it. */
  public static void fill() {
    // Again and again, for each failure may leave a little garbage; not until there is none, for
    // some always may.
    int inVain = 0;
    for (int i = 0; i < 40 && inVain < 4; i++) {
      Node before = hog;
      try {
        while (true) {
          hog = new Node(hog);
        }
      } catch (OutOfMemoryError e) {
        inVain = hog == before ? inVain + 1 : 0;
      }
    }
  }

  /** Lets go of what filled the heap. */
  public static void release() {
    hog = null;
  }
}
