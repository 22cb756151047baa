// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.holdfast.jackson3.WorkerRecyclerPool;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.StringWriter;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Ten thousand tasks that each parse an order and print a receipt. Jackson takes its buffers from
 * the worker that a task is on, so that a few serve all of them, and none are left at the end.
 */
public final class JsonService {

  private static final int ORDERS = 10_000;

  private static final WorkerRecyclerPool BUFFERS = WorkerRecyclerPool.shared();

  private static final JsonFactory JSON = JsonFactory.builder().recyclerPool(BUFFERS).build();

  private JsonService() {}

  /** Runs the program. */
  public static void main(String[] args) {
    try (WorkerRuntime runtime = WorkerRuntime.start()) {
      List<Task<String>> receipts =
          IntStream.range(0, ORDERS)
              .mapToObj(number -> runtime.spawn(() -> receipt(order(number))))
              .toList();
      long characters = receipts.stream().mapToLong(each -> each.join().length()).sum();
      System.out.println(receipts.getLast().join());
      System.out.println(
          ORDERS
              + " receipts, "
              + characters
              + " characters, by "
              + BUFFERS.pooledCount()
              + " sets of buffers");
    }
    System.out.println(BUFFERS.pooledCount() + " sets of buffers after the close");
  }

  /** What a client would send. */
  private static InputStream order(int number) {
    return new ByteArrayInputStream(
        """
        {"order": %d, "lines": [{"price": 250, "count": 2}, {"price": 99, "count": %d}]}
        """
            .formatted(number, number % 10)
            .getBytes(UTF_8));
  }

  private static String receipt(InputStream order) {
    StringWriter text = new StringWriter();
    try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), order);
        JsonGenerator out = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      out.writeStartObject();
      long total = 0;
      long price = 0;
      for (JsonToken token = in.nextToken(); token != null; token = in.nextToken()) {
        if (token == JsonToken.VALUE_NUMBER_INT) {
          switch (in.currentName()) {
            case "price" -> price = in.getLongValue();
            case "count" -> total += price * in.getLongValue();
            default -> out.writeNumberProperty(in.currentName(), in.getLongValue());
          }
        }
      }
      out.writeNumberProperty("total", total);
      out.writeEndObject();
    }
    return text.toString();
  }
}
