// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/**
 * Fills the heap of a forked JVM so that no object fits into it any more, until it is released.
 *
 * <p>No other thread of that JVM may need memory meanwhile, unless that is what is tested: the main
 * thread must have come to where it waits, see {@link Await#untilWaiting}. And nothing may be
 * printed, not even by a handler of uncaught exceptions: a class of the JDK whose initialiser fails
 * for want of memory is of no use to the JVM ever after, and most of the classes it takes to print
 * are initialised at the first use.
 */
public final class FullHeap {

  /** The largest pieces: few fill the heap, and the collector, called in vain, is soon done. */
  private static final int LARGEST = 1 << 18;

  // Written by who fills, cleared by who releases.
  private static volatile @Nullable Object hog;

  /** As small as objects are: where no such fits, none does. */
  private static final class Node {
    @SuppressWarnings("unused") // only to be reachable
    private final @Nullable Object next;

    Node(@Nullable Object next) {
      this.next = next;
    }
  }

  /** One that takes more place. */
  private static final class Piece {
    @SuppressWarnings("unused") // only to be reachable
    private final @Nullable Object next;

    @SuppressWarnings("unused") // only to be reachable
    private final byte[] place;

    Piece(@Nullable Object next, int size) {
      this.next = next;
      this.place = new byte[size];
    }
  }

  private FullHeap() {}

  /** Fills the heap to the last place. Makes no object that stays but those that fill it. */
  public static void fill() {
    fill(4);
  }

  private static void fill(int times) {
    for (int size = LARGEST; size >= 64; size /= 16) {
      fillWithPieces(size);
    }
    // Again and again, for each failure may leave a little garbage; not until there is none, for
    // some always may.
    int inVain = 0;
    for (int i = 0; i < 40 && inVain < times; i++) {
      Object before = hog;
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

  private static void fillWithPieces(int size) {
    try {
      while (true) {
        hog = new Piece(hog, size);
      }
    } catch (OutOfMemoryError e) {
      // Smaller ones may fit.
      Thread.onSpinWait();
    }
  }

  /** Lets go of what filled the heap. */
  public static void release() {
    hog = null;
  }
}
