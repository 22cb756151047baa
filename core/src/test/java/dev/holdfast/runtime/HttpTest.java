// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.testing.Carrier;
import dev.holdfast.testing.EveryTier;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** The JDK's HTTP server and client with a runtime as their executor, over the loopback. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class HttpTest {

  private static final int REQUESTS = 200;

  /** The name of the runtime that a server runs on. */
  private final Set<String> serverCarriers = ConcurrentHashMap.newKeySet();

  private HttpServer serve(WorkerRuntime runtime) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(runtime);
    server.createContext("/echo", this::echo);
    server.start();
    return server;
  }

  private void echo(HttpExchange exchange) throws IOException {
    try (exchange) {
      serverCarriers.add(Carrier.name());
      byte[] body = exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static HttpRequest request(HttpServer server, String body) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/echo"))
        .timeout(Duration.ofSeconds(25))
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "it looks for tasks on the workers")
  @Test
  void aServerAnswersOnTheWorkersAndAClientCompletesOnThem() throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).name("http").start()) {
      HttpServer server = serve(runtime);
      Set<String> clientCarriers = ConcurrentHashMap.newKeySet();
      try (HttpClient client = HttpClient.newBuilder().executor(runtime).build()) {
        List<CompletableFuture<String>> answers = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
          answers.add(
              client
                  .sendAsync(
                      request(server, "body " + i),
                      HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
                  .thenApplyAsync(
                      response -> {
                        clientCarriers.add(Carrier.name());
                        return response.statusCode() + " " + response.body();
                      },
                      runtime));
        }
        for (int i = 0; i < REQUESTS; i++) {
          assertThat(answers.get(i).get()).isEqualTo("200 body " + i);
        }
      } finally {
        server.stop(0);
      }
      assertThat(serverCarriers).isNotEmpty().allMatch(name -> name.startsWith("http-"));
      assertThat(clientCarriers).isNotEmpty().allMatch(name -> name.startsWith("http-"));
    }
  }

  @Test
  @DisplayName("S66: tasks send requests with a client whose executor starts virtual threads")
  @Tag("S66")
  void tasksSendRequestsAndWait() throws Exception {
    AtomicInteger destroyed = new AtomicInteger();
    WorkerLocal<AtomicInteger> count =
        WorkerLocal.of(AtomicInteger::new, value -> destroyed.addAndGet(value.get()));
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).name("sync").start()) {
      HttpServer server = serve(runtime);
      int answered =
          runtime.run(() -> {
            int right = 0;
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                HttpClient client = HttpClient.newBuilder().executor(threads).build()) {
              List<Task<String>> tasks = new ArrayList<>();
              for (int i = 0; i < REQUESTS; i++) {
                String body = "task " + i;
                tasks.add(
                    runtime.spawn(() -> {
                      HttpResponse<String> response =
                          client.send(request(server, body), HttpResponse.BodyHandlers.ofString());
                      count.update(AtomicInteger::incrementAndGet);
                      return response.body();
                    }));
              }
              for (int i = 0; i < REQUESTS; i++) {
                right += tasks.get(i).get().equals("task " + i) ? 1 : 0;
              }
            }
            return right;
          });
      server.stop(0);
      assertThat(answered).isEqualTo(REQUESTS);
    }
    assertThat(destroyed).hasValue(REQUESTS);
  }

  @Test
  @DisplayName("S66: a shutdown ends tasks that wait for an answer, and none is stranded")
  @Tag("S66")
  void aShutdownEndsTasksThatWaitForAnAnswer() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(threads);
      CountDownLatch asked = new CountDownLatch(10);
      server.createContext(
          "/echo",
          exchange -> {
            asked.countDown();
            try {
              go.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            exchange.close();
          });
      server.start();
      WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start();
      HttpClient client = runtime.run(() -> HttpClient.newBuilder().executor(runtime).build());
      List<Task<HttpResponse<Void>>> tasks = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        tasks.add(
            runtime.spawn(
                () -> client.send(request(server, "x"), HttpResponse.BodyHandlers.discarding())));
      }
      asked.await();
      assertThat(runtime.shutdown(Duration.ZERO, Duration.ofSeconds(20)).terminated()).isTrue();
      assertThat(tasks).allMatch(task -> task.isDone() && task.state() == Task.State.FAILED);
      go.countDown();
      client.shutdownNow();
      server.stop(0);
    }
  }
}
