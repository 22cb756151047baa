// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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
