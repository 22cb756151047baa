// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Setup;
import io.netty.channel.EventLoop;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Netty's event loops on NIO, each driven by a thread of the user's.
 *
 * <p>The javadoc of {@code ManualIoEventLoop} has the user's thread call {@code run} again and
 * again, here until the loop has terminated. That thread outlives the loop, so that who ends the
 * loop then waits for it too. The javadoc of {@code FastThreadLocalThread.runWithFastThreadLocal}
 * says to have it around what such a thread does, and that it removes the values at the end.
 */
final class NettyManualAdapter extends NettyAdapter {

  NettyManualAdapter() {
    super("netty-manual");
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    Driven driven = new Driven(setup);
    driven.threads.forEach(Thread::start);
    return driven;
  }

  private static final class Driven extends Loops {

    private final List<ManualIoEventLoop> loops = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();

    Driven(Setup setup) {
      super(setup);
      for (int i = 0; i < setup.threads(); i++) {
        ManualIoEventLoop loop = new ManualIoEventLoop(null, NioIoHandler.newFactory());
        Thread thread =
            new Thread(
                () -> FastThreadLocalThread.runWithFastThreadLocal(() -> drive(loop)),
                "driver-" + i);
        loop.setOwningThread(thread);
        loops.add(loop);
        threads.add(thread);
      }
    }

    private static void drive(ManualIoEventLoop loop) {
      while (!loop.isTerminated()) {
        // Until there is something to do.
        loop.run(0);
      }
    }

    @Override
    EventLoop next() {
      return loops.get(Math.floorMod(turn.getAndIncrement(), loops.size()));
    }

    @Override
    List<ManualIoEventLoop> loops() {
      return loops;
    }

    @Override
    boolean join(long deadline) throws InterruptedException {
      for (Thread thread : threads) {
        if (!thread.join(Duration.ofNanos(deadline - System.nanoTime()))) {
          return false;
        }
      }
      return true;
    }
  }
}
