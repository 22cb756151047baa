// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.ForkedJvm;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/**
 * The first wait for a socket in a JVM, made by a task: the JDK's pollers, which it starts, must
 * not become threads of the runtime. In a JVM of its own, for there is only one first time.
 */
@Tag("S66")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
final class IoPollersTest {

  @Test
  @DisplayName(
      "S66: tasks that wait for sockets keep neither their runtime nor the JVM from closing")
  void socketsInTasksDoNotTieTheRuntimeToTheJvm() throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(Sockets.class);
    assertThat(outcome.lines())
        .containsExactly("echoed 1", "closed true", "echoed 2", "closed true");
    assertThat(outcome.exit()).isZero();
  }

  /** Two runtimes, one after the other, with a server and a client each. */
  static final class Sockets {

    public static void main(String[] arguments) throws Exception {
      for (int round = 1; round <= 2; round++) {
        int sent = round;
        WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
        int received =
            runtime.run(() -> {
              try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                Task<?> echo =
                    runtime.spawn(() -> {
                      try (Socket accepted = server.accept()) {
                        accepted.getOutputStream().write(accepted.getInputStream().read());
                      }
                      return null;
                    });
                try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
                  // Waits, as the echo task does: nothing has been sent.
                  Thread.sleep(50);
                  client.getOutputStream().write(sent);
                  int read = client.getInputStream().read();
                  echo.get();
                  return read;
                }
              }
            });
        System.out.println("echoed " + received);
        ShutdownReport report = runtime.shutdown(Duration.ofSeconds(5), Duration.ZERO);
        System.out.println("closed " + report.terminated());
      }
    }
  }
}
