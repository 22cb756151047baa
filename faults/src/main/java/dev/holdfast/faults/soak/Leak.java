// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * What a soak can be told to leak, to see that it notices.
 *
 * <p>Each is seen in its own way: a guard by a runtime that does not end, the others by a line of
 * the plot that rises.
 */
public enum Leak {
  /** A guard that is never closed, of one runtime in two. */
  GUARD("did not end"),
  /** A platform thread that waits for ever. */
  THREAD("threads grew"),
  /** A class loader that was released, and is kept. */
  LOADER("loaders grew"),
  /** A socket that is never closed. */
  SOCKET("handles grew"),
  /** Objects that are kept. */
  HEAP("heap grew"),
  /** A value whose destructor forgets to end it. */
  VALUE("was never destroyed");

  private static final CountDownLatch NEVER = new CountDownLatch(1);

  // Guarded by itself.
  private static final List<Object> KEPT = new ArrayList<>();

  private final String seenAs;

  Leak(String seenAs) {
    this.seenAs = seenAs;
  }

  /** Returns what the finding says by which it is noticed. */
  public String seenAs() {
    return seenAs;
  }

  /** Keeps something for good. */
  static void keep(Object leaked) {
    synchronized (KEPT) {
      KEPT.add(leaked);
    }
  }

  /** Starts a thread that never ends. */
  static void thread() {
    Thread.ofPlatform()
        .daemon()
        .name("leaked-thread")
        .start(() -> {
          try {
            NEVER.await();
          } catch (InterruptedException e) {
            // Nobody does that.
            Thread.currentThread().interrupt();
          }
        });
  }

  /** Opens a socket that nobody closes. */
  static void socket() {
    try {
      keep(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
