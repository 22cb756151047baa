// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import org.jspecify.annotations.Nullable;

/**
 * The shutdown hook that has the thread which ends the JVM destroy its own values.
 *
 * <p>That thread never comes to its end: it waits in {@link System#exit}, where it starts the hooks
 * one after the other and then waits for them. This hook is one that does its work where it is
 * started, and has no thread of its own.
 *
 * <p>Registered exactly as long as there are owners of values, so that it keeps nobody's class
 * loader alive.
 */
final class ExitingThread extends Thread {

  // Both guarded by the class: used once for each thread that has values, and as it ends.
  private static long owners;
  private static @Nullable ExitingThread registered;

  private ExitingThread() {
    // Nothing of the thread that makes it is inherited.
    super(null, null, "holdfast-exiting-thread", 0, false);
    setContextClassLoader(null);
  }

  /** A thread has its first value. */
  static synchronized void ownerMade() {
    owners++;
    if (registered == null) {
      ExitingThread hook = new ExitingThread();
      try {
        Runtime.getRuntime().addShutdownHook(hook);
        registered = hook;
      } catch (IllegalStateException e) {
        // The JVM is exiting: who caused that is past this.
        registered = null;
      }
    }
  }

  /** A thread has destroyed its values. */
  static synchronized void ownerEnded() {
    owners--;
    ExitingThread hook = registered;
    if (owners == 0 && hook != null) {
      registered = null;
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The JVM is exiting, and perhaps it is this hook that runs.
        registered = hook;
      }
    }
  }

  /** Called by the thread that ends the JVM. */
  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // it starts no thread
  public void start() {
    ThreadOwner.endCurrent();
  }
}
