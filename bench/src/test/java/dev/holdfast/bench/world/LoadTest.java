// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.bench.world.LoadOrder.Talk;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The load generator counts what it gets, and says what went wrong. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LoadTest {

  private static final int CONNECTIONS = 5;

  private static void assertCountsAgree(Talk talk, Target server) throws Exception {
    try (server) {
      for (int i = 1; i <= 2; i++) {
        long before = server.answered();
        LoadResult result = LoadGenerator.run(new LoadOrder(talk, server.port(), CONNECTIONS, 50));
        assertThat(server.answered() - before).isEqualTo(result.answered());
        // All have one answer before the time that is measured, and each one after it at most.
        assertThat(result.answered() - result.counted())
            .isBetween((long) CONNECTIONS, 2L * CONNECTIONS);
        assertThat(result.counted()).isPositive();
        assertThat(result.nanos()).isEqualTo(50_000_000);
        assertThat(result.p50()).isPositive().isLessThanOrEqualTo(result.p99());
      }
    }
  }

  @Test
  void theWebServerAndItsClientCountTheSame() throws Exception {
    assertCountsAgree(Talk.HTTP, new HttpTarget(Executors.newVirtualThreadPerTaskExecutor()));
  }

  @Test
  void theEchoServerAndItsClientCountTheSame() throws Exception {
    assertCountsAgree(Talk.ECHO, new EchoTarget(Executors.newVirtualThreadPerTaskExecutor()));
  }

  @Test
  void aClosedEchoServerHasEndedItsConnections() throws Exception {
    EchoTarget server = new EchoTarget(Executors.newVirtualThreadPerTaskExecutor());
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write(1);
      assertThat(socket.getInputStream().read()).isEqualTo(1);
      server.close();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void anAnswerIsAboutAKilobyteAndOfWhatWasAsked() {
    String answer =
        new String(
            HttpTarget.answer(
                new ByteArrayInputStream(HttpWords.QUESTION.getBytes(StandardCharsets.UTF_8))),
            StandardCharsets.UTF_8);
    assertThat(answer).hasSizeBetween(900, 1_100).contains("\"sku\":\"C-999\"", "\"different\":3");
  }

  @Test
  void aServerThatClosesIsReported() throws Exception {
    assertSaid("closed a connection after 5 bytes of an answer: HTTP/", "HTTP/");
  }

  @Test
  void aServerThatFailsIsReported() throws Exception {
    assertSaid(
        "HTTP/1.1 500 Internal Server Error",
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
  }

  /** A server that says one thing and closes. */
  private static void assertSaid(String message, String said) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread answers =
          Thread.ofVirtual()
              .start(() -> {
                try (Socket socket = server.accept()) {
                  assertThat(socket.getInputStream().read()).isEqualTo('P');
                  socket.getInputStream().readNBytes(100);
                  socket.getOutputStream().write(said.getBytes(StandardCharsets.US_ASCII));
                  socket.shutdownOutput();
                  socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                  throw new IllegalStateException(e);
                }
              });
      LoadOrder order = new LoadOrder(Talk.HTTP, server.getLocalPort(), 1, 1_000);
      assertThatThrownBy(() -> LoadGenerator.run(order))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(message);
      answers.join();
    }
  }

  @Test
  void aGeneratorThatDiesIsReportedWithWhatItSaid() throws Exception {
    LoadOrder order = new LoadOrder(Talk.ECHO, 1, 2, 3);
    try (LoadProcess load =
        LoadProcess.start(List.of("sh", "-c", "read order; echo no port $order >&2; exit 3"))) {
      assertThatThrownBy(() -> load.run(order))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("exit code 3", "no port ECHO 1 2 3");
    }
  }

  @Test
  void aGeneratorWhoseServerIsGoneSaysSo() throws Exception {
    int port;
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = server.getLocalPort();
    }
    try (LoadProcess load = LoadProcess.start()) {
      assertThatThrownBy(() -> load.run(new LoadOrder(Talk.ECHO, port, 1, 1)))
          .isInstanceOf(IOException.class)
          .hasMessageContainingAll("exit code 1", "Connection refused");
    }
  }

  @Test
  void aClosedProcessHasEnded() throws Exception {
    LoadProcess load = LoadProcess.start();
    assertThat(load.handle().isAlive()).isTrue();
    load.close();
    assertThat(load.handle().isAlive()).isFalse();
  }

  @Test
  void ordersAndResultsAreReadAsTheyAreWritten() {
    LoadOrder order = new LoadOrder(Talk.HTTP, 8_080, 32, 1_000);
    assertThat(LoadOrder.parse(order.text())).isEqualTo(order);
    LoadResult result = new LoadResult(12, 10, 20_000, 3, 4);
    assertThat(LoadResult.parse(result.text())).isEqualTo(result);
    assertThat(result.microsPerAnswer()).isEqualTo(2);
  }

  @Test
  void wrongOrdersAreRefusedWithTheirValues() {
    for (String wrong : List.of("", "ECHO 1 1", "SING 1 1 1", "ECHO one 1 1")) {
      assertThatThrownBy(() -> LoadOrder.parse(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not '" + wrong + "'");
    }
    assertThatThrownBy(() -> new LoadOrder(Talk.ECHO, 80, 10_001, 1))
        .hasMessageContaining("connections must be from 1 to 10000, not 10001");
    assertThatThrownBy(() -> new LoadOrder(Talk.ECHO, 80, 1, 60_001))
        .hasMessageContaining("millis must be from 1 to 60000, not 60001");
    assertThatThrownBy(() -> LoadResult.parse("nothing"))
        .hasMessageContaining("not a result of a load generator: 'nothing'");
  }

  @Test
  void quantilesAreTrueToAStep() {
    Latencies latencies = new Latencies();
    assertThatThrownBy(() -> latencies.quantile(0.5)).hasMessageContaining("no duration");
    for (long nanos = 1; nanos <= 100_000; nanos++) {
      latencies.add(nanos);
    }
    assertThat(latencies.total()).isEqualTo(100_000);
    for (double share : new double[] {0.0001, 0.001, 0.5, 0.99, 1}) {
      double exact = share * 100_000;
      assertThat((double) latencies.quantile(share)).isBetween(exact, exact * 65 / 64);
    }
    latencies.add(Long.MAX_VALUE);
    assertThat(latencies.quantile(1)).isEqualTo(Long.MAX_VALUE);
  }
}
