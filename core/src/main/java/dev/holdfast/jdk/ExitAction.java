// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.util.Collection;
import jdk.internal.misc.TerminatingThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * What a platform thread is to run as it ends, kept where the JDK keeps its own such things.
 *
 * <p>{@code Thread.exit} calls {@link #threadTerminated}, on the thread itself, while the thread is
 * still alive and its thread-locals are still there; also for threads that native code attached.
 * The common pool and others who wipe thread-locals between two tasks do not reach this one.
 *
 * <p>Loaded only once {@code jdk.internal.misc} was opened to this library.
 */
final class ExitAction extends TerminatingThreadLocal<@Nullable Runnable> {

  private ExitAction() {}

  /** Makes one, and has a thread show that this JVM runs it. */
  @SuppressWarnings("ThreadLocalUsage") // made once, and kept in a static field by the caller
  static ThreadLocal<@Nullable Runnable> proven() throws ReflectiveOperationException {
    ExitAction action = new ExitAction();
    Probe probe = new Probe(action);
    // It inherits the context class loader of who starts it, which would keep it alive.
    Thread thread =
        Thread.ofPlatform()
            .name("holdfast-exit-probe")
            .daemon()
            .inheritInheritableThreadLocals(false)
            .unstarted(probe);
    thread.setContextClassLoader(null);
    thread.start();
    Uninterruptibly.join(thread);
    if (probe.seen != thread) {
      throw new ReflectiveOperationException(
          "a thread ended without what it was to run as it ends", probe.failure);
    }
    return action;
  }

  @Override
  public void set(@Nullable Runnable action) {
    Collection<TerminatingThreadLocal<?>> known = REGISTRY.get();
    if (!(known instanceof ExitOrder)) {
      REGISTRY.set(new ExitOrder(this, known));
    }
    super.set(action);
  }

  @Override
  protected void threadTerminated(@Nullable Runnable action) {
    if (action == null) {
      return;
    }
    try {
      action.run();
    } catch (Throwable e) {
      // Memory is at its end. What is thrown here would keep the JDK from freeing its own.
      Thread.onSpinWait();
    }
  }

  /** A thread that leaves itself a note as it ends. */
  private static final class Probe implements Runnable {
    private final ExitAction action;

    // Written by the probe's thread, read once that was joined.
    private @Nullable Thread seen;
    private @Nullable Throwable failure;

    Probe(ExitAction action) {
      this.action = action;
    }

    @Override
    public void run() {
      try {
        action.set(() -> seen = Thread.currentThread());
      } catch (Throwable e) {
        // It is the message of who waits for this thread.
        failure = e;
      }
    }
  }
}
