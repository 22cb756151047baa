// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

/**
 * The threads of the JDK that wait for sockets on behalf of all virtual threads.
 *
 * <p>The JDK starts them when a virtual thread first waits for a socket. On Linux some are virtual,
 * and take their scheduler from that thread. Were it a task of ours, they would live on the workers
 * of one runtime for as long as the JVM lives: its barrier would never be reached, and without its
 * workers no virtual thread at all would hear from a socket.
 */
final class IoPollers {

  private static final String POLLER = "sun.nio.ch.Poller";

  private IoPollers() {}

  /**
   * Starts them on the JDK's own scheduler, unless they run; before any virtual thread of a
   * scheduler of ours can.
   */
  static void start() {
    // They inherit the context class loader of who starts them, which would keep it alive.
    Thread starter =
        Thread.ofPlatform()
            .name("holdfast-pollers")
            .daemon()
            .inheritInheritableThreadLocals(false)
            .unstarted(IoPollers::initialize);
    starter.setContextClassLoader(null);
    starter.start();
    boolean interrupted = false;
    while (true) {
      try {
        starter.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void initialize() {
    try {
      Class.forName(POLLER, true, null);
    } catch (ClassNotFoundException | LinkageError e) {
      System.getLogger("dev.holdfast")
          .log(
              System.Logger.Level.DEBUG,
              "this JVM has no " + POLLER + " to be started before the first task",
              e);
    }
  }
}
