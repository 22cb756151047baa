// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** That who looks at the sockets wakes who waits for them, once, whoever else looks too. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EnabledOnOs(OS.LINUX)
final class SocketsTest {

  private static final int BYTES = 500;

  @BeforeAll
  static void startThePollers() {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      assertThat(runtime.isShutdown()).isFalse();
    }
    assertThat(Sockets.isThere()).isTrue();
  }

  /** In place of a worker that goes to sleep. */
  @AfterEach
  void leave() {
    Sockets.lookNoMore();
  }

  /** Two ends of a connection over loopback. */
  private record Ends(Socket left, Socket right) implements AutoCloseable {

    static Ends connect() throws Exception {
      try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        Socket left = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket right = server.accept();
        left.setTcpNoDelay(true);
        right.setTcpNoDelay(true);
        return new Ends(left, right);
      }
    }

    @Override
    public void close() throws Exception {
      left.close();
      right.close();
    }
  }

  @Test
  @DisplayName("a thread outside that looks wakes a virtual thread of the JDK's scheduler")
  void whoLooksWakes() throws Exception {
    try (Ends ends = Ends.connect()) {
      AtomicInteger read = new AtomicInteger();
      Thread reader =
          Thread.startVirtualThread(() -> {
            try {
              for (int i = 0; i < BYTES; i++) {
                assertThat(ends.right().getInputStream().read()).isEqualTo(i & 0x7f);
                read.incrementAndGet();
              }
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      int found = 0;
      for (int i = 0; i < BYTES; i++) {
        while (reader.getState() != Thread.State.WAITING) {
          Thread.onSpinWait();
        }
        ends.left().getOutputStream().write(i & 0x7f);
        while (read.get() == i) {
          found += Sockets.look() ? 1 : 0;
        }
      }
      reader.join();
      assertThat(read).hasValue(BYTES);
      // The JDK's own pollers are woken meanwhile, and get some.
      assertThat(found).isBetween(BYTES / 20, BYTES);
    }
  }

  @Test
  @DisplayName("a look that finds nobody waiting does nothing")
  void nobodyWaits() throws Exception {
    try (Ends ends = Ends.connect()) {
      ends.left().getOutputStream().write(1);
      assertThat(Sockets.look()).isFalse();
      assertThat(ends.right().getInputStream().read()).isOne();
    }
  }

  /** A virtual thread of the JDK's scheduler that reads a byte. */
  private static Thread reader(Ends ends, int expected) {
    Thread reader =
        Thread.startVirtualThread(() -> {
          try {
            assertThat(ends.right().getInputStream().read()).isEqualTo(expected);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    while (reader.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    return reader;
  }

  /**
   * Sends a byte that the JDK's pollers are not told of, in a wait that is begun. They may be
   * awake, from before; then they find it, and it is sent again.
   */
  private static Thread untold(Ends ends) throws Exception {
    for (int i = 0; i < 50; i++) {
      Thread reader = reader(ends, i);
      assertThat(Sockets.beginWait()).isTrue();
      ends.left().getOutputStream().write(i);
      if (!reader.join(Duration.ofMillis(100))) {
        return reader;
      }
      Sockets.endWait();
      Sockets.lookNoMore();
    }
    throw new AssertionError("the pollers were told each time");
  }

  private static void assertTold(Thread reader) throws InterruptedException {
    assertThat(reader.join(Duration.ofSeconds(20))).as("told").isTrue();
  }

  private static void assertUntold(Thread reader) throws InterruptedException {
    assertThat(reader.join(Duration.ofMillis(50))).as("told").isFalse();
  }

  private static long never() {
    return Duration.ofHours(1).toNanos();
  }

  @Test
  @DisplayName("who waits is told instead of the JDK's pollers, and wakes who waits for the socket")
  void whoWaitsIsTold() throws Exception {
    try (Ends ends = Ends.connect()) {
      Thread reader = untold(ends);
      Sockets.await(-1);
      Sockets.endWait();
      assertUntold(reader);
      assertThat(Sockets.look()).isTrue();
      assertTold(reader);
    }
  }

  @Test
  @DisplayName("while one waits nothing tells the JDK's pollers; then who leaves does")
  void whoLeavesTellsThePollers() throws Exception {
    try (Ends ends = Ends.connect()) {
      Thread reader = untold(ends);
      Sockets.lookNoMore();
      Sockets.lookNoMore(System.nanoTime() + never(), 1);
      assertUntold(reader);
      Sockets.endWait();
      Sockets.lookNoMore(System.nanoTime(), never());
      assertUntold(reader);
      Sockets.lookNoMore();
      assertTold(reader);
    }
  }

  @Test
  @DisplayName("who waited and then does not look for long is not waited for")
  void whoDoesNotLookAnyMore() throws Exception {
    try (Ends ends = Ends.connect()) {
      Thread reader = untold(ends);
      Sockets.endWait();
      Sockets.lookNoMore(System.nanoTime() + never(), never() / 2);
      assertTold(reader);
    }
  }

  @Test
  @DisplayName("one thread waits at a time, if anybody waits for a socket, until it is told to end")
  void oneWaitsAtATime() throws Exception {
    assertThat(Sockets.beginWait()).isFalse();
    try (Ends ends = Ends.connect()) {
      Thread reader = reader(ends, 7);
      assertThat(Sockets.beginWait()).isTrue();
      assertThat(Sockets.beginWait()).isFalse();
      Sockets.await(0); // takes a signal from before
      Thread other = Thread.ofPlatform().start(Sockets::endAwait);
      Sockets.await(-1);
      other.join();
      long begin = System.nanoTime();
      Sockets.await(20);
      assertThat(System.nanoTime() - begin).isGreaterThan(Duration.ofMillis(10).toNanos());
      Sockets.endWait();
      Sockets.lookNoMore();
      ends.left().getOutputStream().write(7);
      assertTold(reader);
    }
  }

  @Test
  @DisplayName("whoever is told again and again of what nobody finds waits here no more")
  void whoWaitsInVain() throws Exception {
    try (Ends ends = Ends.connect()) {
      Thread reader = untold(ends);
      Sockets.endWait();
      int waits = 0;
      while (Sockets.beginWait()) {
        Sockets.await(-1);
        Sockets.endWait();
        waits++;
        assertThat(waits).isLessThan(1_000);
      }
      assertThat(waits).isGreaterThan(10);
      assertThat(Sockets.look()).isTrue();
      assertTold(reader);

      reader = reader(ends, 1);
      assertThat(Sockets.beginWait()).isTrue();
      Sockets.endWait();
      Sockets.lookNoMore();
      ends.left().getOutputStream().write(1);
      assertTold(reader);
    }
  }

  @Test
  @DisplayName("a worker that found sockets and then computes leaves them to the JDK's pollers")
  void whoComputes() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().tier(Tier.CARRIER).workers(1).start();
        Ends inside = Ends.connect();
        Ends outside = Ends.connect()) {
      for (int round = 0; round < 5; round++) {
        int sent = round;
        Thread reader = reader(outside, sent);
        Task<Integer> other = runtime.spawn(() -> talk(inside.right(), false));
        boolean told =
            runtime.run(() -> {
              talk(inside.left(), true);
              outside.left().getOutputStream().write(sent);
              long begin = System.nanoTime();
              while (reader.isAlive() && System.nanoTime() - begin < 10_000_000_000L) {
                Thread.onSpinWait();
              }
              return !reader.isAlive();
            });
        assertThat(told).isTrue();
        other.join();
      }
    }
  }

  @Test
  @DisplayName("no byte is lost between many pairs of tasks, the workers and the JDK's pollers")
  void manyPairs() throws Exception {
    List<Ends> all = new ArrayList<>();
    try (WorkerRuntime runtime = WorkerRuntime.builder().tier(Tier.CARRIER).workers(2).start()) {
      List<Task<Integer>> tasks = new ArrayList<>();
      for (int pair = 0; pair < 20; pair++) {
        Ends ends = Ends.connect();
        all.add(ends);
        tasks.add(runtime.spawn(() -> talk(ends.left(), true)));
        tasks.add(runtime.spawn(() -> talk(ends.right(), false)));
      }
      for (Task<Integer> task : tasks) {
        assertThat(task.get()).isEqualTo(BYTES);
      }
    } finally {
      for (Ends ends : all) {
        ends.close();
      }
    }
  }

  private static int talk(Socket socket, boolean first) throws Exception {
    for (int i = 0; i < BYTES; i++) {
      if (first) {
        socket.getOutputStream().write(i & 0x7f);
      }
      assertThat(socket.getInputStream().read()).isEqualTo(i & 0x7f);
      if (!first) {
        socket.getOutputStream().write(i & 0x7f);
      }
    }
    return BYTES;
  }
}
