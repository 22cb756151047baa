// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/** Fills the heap of a forked JVM so that no object fits into it any more, until it is released. */
public final class FullHeap {

  // Written by who fills, cleared by who releases.
  private static volatile @Nullable Node hog;
  private static volatile Object @Nullable [] bulk;

  /** How long the arrays are that fill most of it: many small objects would take long. */
  private static final int[] LENGTHS = {4096, 16};

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
    fill(4);
  }

  private static void fill(int times) {
    for (int length : LENGTHS) {
      try {
        while (true) {
          Object[] more = new Object[length];
          more[0] = bulk;
          bulk = more;
        }
      } catch (OutOfMemoryError e) {
        // With the next length.
      }
    }
    // Again and again, for each failure may leave a little garbage; not until there is none, for
    // some always may.
    int inVain = 0;
    for (int i = 0; i < 40 && inVain < times; i++) {
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

  /**
   * Fills the heap but for some room, which is exact where no other thread makes objects: in the
   * serial collector's heap, without buffers of threads.
   *
   * @param places for how many of the smallest objects, of 16 bytes
   */
  public static void fillBut(int places) {
    Node room = null;
    for (int i = 0; i < places; i++) {
      room = new Node(room);
    }
    // This is often called.
    fill(1);
    Reference.reachabilityFence(room);
  }

  /** Lets go of what filled the heap. */
  public static void release() {
    hog = null;
    bulk = null;
  }
}
