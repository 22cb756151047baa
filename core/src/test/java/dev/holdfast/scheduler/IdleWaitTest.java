// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.jdk.Sockets;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.Await;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** That a wake-up ends a worker's wait, wherever it waits. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EnabledOnOs(OS.LINUX)
final class IdleWaitTest {

  private static final int WAITS = 40_000;

  @BeforeAll
  static void startThePollers() {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      assertThat(runtime.isShutdown()).isFalse();
    }
  }

  @AfterEach
  void leave() {
    Sockets.lookNoMore();
  }

  /** Has a virtual thread wait for a socket meanwhile. */
  private interface Body {
    void run(Socket socket) throws Exception;
  }

  private static void whileOneReads(Body body) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket left = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket right = server.accept()) {
      Thread reader =
          Thread.startVirtualThread(() -> {
            try {
              assertThat(right.getInputStream().read()).isEqualTo(1);
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      Await.until("it reads", () -> reader.getState() == Thread.State.WAITING);
      body.run(left);
      Sockets.lookNoMore();
      left.getOutputStream().write(1);
      assertThat(reader.join(Duration.ofSeconds(20))).as("told").isTrue();
    }
  }

  @Test
  @DisplayName("a wake-up that comes before the wait ends it, at sockets and elsewhere")
  void theNextWait() throws Exception {
    whileOneReads(socket -> {
      IdleWait idle = new IdleWait.Parking(Thread.currentThread(), Integer.MAX_VALUE);
      idle.wake();
      assertThat(idle.awaitSockets(Long.MAX_VALUE)).isTrue();
      idle.wake();
      idle.await(Long.MAX_VALUE);
    });
  }

  @Test
  @DisplayName("a socket ends the wait at sockets, and so does its time")
  void otherEnds() throws Exception {
    whileOneReads(socket -> {
      IdleWait idle = IdleWait.parking(Thread.currentThread());
      assertThat(idle.awaitSockets(999_999)).as("less than a millisecond").isFalse();
      // Ended by a signal from before, if there is one, or by its longest time.
      assertThat(idle.awaitSockets(Long.MAX_VALUE)).isTrue();
      long begin = System.nanoTime();
      assertThat(idle.awaitSockets(Duration.ofMillis(20).toNanos())).isTrue();
      assertThat(System.nanoTime() - begin).isGreaterThan(Duration.ofMillis(10).toNanos());
    });
  }

  @Test
  @DisplayName("each of many wake-ups ends a wait, whichever way the two threads meet")
  void manyWakeUps() throws Exception {
    whileOneReads(socket -> {
      CountDownLatch ready = new CountDownLatch(1);
      AtomicInteger asked = new AtomicInteger();
      AtomicInteger ended = new AtomicInteger();
      IdleWait[] idle = new IdleWait[1];
      Thread waiter =
          Thread.ofPlatform()
              .start(() -> {
                // Without end, so that none can be lost unseen.
                idle[0] = new IdleWait.Parking(Thread.currentThread(), Integer.MAX_VALUE);
                ready.countDown();
                while (ended.get() < WAITS) {
                  // Both kinds, in turn: a wake-up may come as the one ends and the other begins.
                  if ((ended.get() & 3) == 0) {
                    idle[0].await(Long.MAX_VALUE);
                  } else {
                    assertThat(idle[0].awaitSockets(Long.MAX_VALUE)).isTrue();
                  }
                  ended.set(asked.get());
                }
              });
      ready.await();
      for (int i = 1; i <= WAITS; i++) {
        asked.set(i);
        // At each moment of the other thread's way into its wait.
        int spins = i & 1_023;
        while (spins > 0) {
          spins -= 1 + (asked.getOpaque() & 0);
        }
        idle[0].wake();
        int seen = i;
        Await.until("wake-up " + i + " is heard of", () -> ended.get() >= seen);
      }
      waiter.join();
    });
  }
}
