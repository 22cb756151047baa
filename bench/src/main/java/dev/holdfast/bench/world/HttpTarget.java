// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.LongAdder;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The JDK's web server with an executor of which each request is a task. A request is a small JSON
 * document, the answer one of about a kilobyte. Whatever the executor, the code is the same.
 */
final class HttpTarget implements Target {

  private static final int ANSWER_LIMIT = 1_024;
  private static final JsonFactory JSON = new JsonFactory();

  static {
    // Else the end of an answer may wait for the client's acknowledgement of its beginning, 40 ms.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final ExecutorService executor;
  private final HttpServer server;
  private final LongAdder answered = new LongAdder();

  /** Starts the server; the executor is ended with it. */
  HttpTarget(ExecutorService executor) throws IOException {
    this.executor = executor;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(executor);
    server.createContext(HttpWords.PATH, this::answer);
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] answer = answer(exchange.getRequestBody());
    answered.increment();
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(HttpURLConnection.HTTP_OK, answer.length);
    try (OutputStream body = exchange.getResponseBody()) {
      body.write(answer);
    }
  }

  /** Reads an order, and writes what a shop might say of it. */
  static byte[] answer(InputStream question) {
    ByteArrayOutputStream answer = new ByteArrayOutputStream(ANSWER_LIMIT);
    try (JsonParser order = JSON.createParser(ObjectReadContext.empty(), question);
        JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), answer)) {
      json.writeStartObject();
      int items = 0;
      long sum = 0;
      json.writeName("items");
      json.writeStartArray();
      for (JsonToken token = order.nextToken(); token != null; token = order.nextToken()) {
        if (token == JsonToken.PROPERTY_NAME && order.currentName().equals("sku")) {
          String sku = order.nextStringValue();
          order.nextToken();
          int count = order.nextIntValue(1);
          long price = 100L * (1 + Math.floorMod(sku.hashCode(), 500));
          sum += count * price;
          items++;
          json.writeStartObject();
          json.writeStringProperty("sku", sku);
          json.writeStringProperty("title", "What is sold in boxes under the number " + sku);
          json.writeNumberProperty("count", count);
          json.writeNumberProperty("price", price);
          json.writeStringProperty("link", "https://shop.example/catalogue/items/" + sku);
          json.writeStringProperty("availability", "on stock, leaves the house on the same day");
          json.writeEndObject();
        }
      }
      json.writeEndArray();
      json.writeNumberProperty("different", items);
      json.writeNumberProperty("sum", sum);
      json.writeStringProperty("terms", "Payable within thirty days of the date of the invoice. ");
      json.writeStringProperty("note", "Goods remain ours until they are paid. ".repeat(7));
      json.writeEndObject();
    }
    return answer.toByteArray();
  }

  @Override
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public long answered() {
    return answered.sum();
  }

  @Override
  public void close() {
    server.stop(0);
    executor.close();
  }
}
