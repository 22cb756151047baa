// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.WorkerRuntime;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.zip.Deflater;

/**
 * The JDK's web server with a task for each request: the runtime is the executor it is given. Each
 * answer is compressed by a deflater that its task leases from its worker, and whose native memory
 * is freed when the runtime closes.
 */
public final class WebServer {

  private static final int REQUESTS = 100;

  private static final WorkerLocal<Deflater> DEFLATER =
      WorkerLocal.<Deflater>builder(Deflater::new)
          .name("deflater")
          .destructor(Deflater::end)
          .leases(4)
          .build();

  private WebServer() {}

  /** Starts the server, asks it a few times, and stops it. */
  public static void main(String[] args) throws Exception {
    try (WorkerRuntime runtime = WorkerRuntime.start()) {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(runtime);
      server.createContext("/", WebServer::answer);
      server.start();
      try (HttpClient client = HttpClient.newHttpClient()) {
        URI uri = URI.create("http://localhost:" + server.getAddress().getPort() + "/");
        long bytes = 0;
        for (int i = 0; i < REQUESTS; i++) {
          HttpRequest request = HttpRequest.newBuilder(uri).build();
          bytes += client.send(request, HttpResponse.BodyHandlers.ofByteArray()).body().length;
        }
        System.out.println(REQUESTS + " answers, " + bytes / REQUESTS + " bytes each");
      } finally {
        server.stop(0);
      }
    }
  }

  private static void answer(HttpExchange exchange) throws IOException {
    byte[] text = "all work and no play ".repeat(500).getBytes(UTF_8);
    byte[] compressed = new byte[text.length];
    int length;
    try (Lease<Deflater> lease = DEFLATER.lease()) {
      Deflater deflater = lease.get();
      deflater.reset();
      deflater.setInput(text);
      deflater.finish();
      length = deflater.deflate(compressed);
    }
    exchange.getResponseHeaders().add("Content-Encoding", "deflate");
    exchange.sendResponseHeaders(200, length);
    try (OutputStream body = exchange.getResponseBody()) {
      body.write(compressed, 0, length);
    }
  }
}
