// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.host;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** Clients that ask one request after the other until they are stopped, and check every answer. */
final class Clients {

  private final WorkerRuntime runtime;
  private final UnaryOperator<String> host;
  private final List<Task<?>> tasks = new ArrayList<>();

  private final AtomicLong requests = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  // As text: the frames of an exception keep the plugin's classes.
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

  // Set once, read by the clients: volatile.
  private volatile boolean stopped;

  /**
   * Makes clients that do not ask yet.
   *
   * @param host answers a text with the version of the plugin and the text's checksum
   */
  Clients(WorkerRuntime runtime, UnaryOperator<String> host) {
    this.runtime = runtime;
    this.host = host;
  }

  void start(int number) {
    for (int i = 0; i < number; i++) {
      String name = "client " + i;
      tasks.add(
          runtime.spawn(
              name,
              () -> {
                ask(name);
                return null;
              }));
    }
  }

  /** Waits for the last answers. */
  void stop() {
    stopped = true;
    tasks.forEach(Task::join);
  }

  long requests() {
    return requests.get();
  }

  long failed() {
    return failed.get();
  }

  /**
   * Throws an exception that says how the first request failed, if one has.
   *
   * @param other what went wrong besides, if anything
   */
  void throwFailure(@Nullable PluginException other) {
    String text = failure.get();
    if (text != null) {
      throw new PluginException(failed + " requests failed; " + text, other);
    }
  }

  private void ask(String client) {
    int version = 0;
    while (!stopped) {
      String text = client + " asks " + requests.incrementAndGet();
      try {
        // A task for each request.
        String answer = runtime.spawn(() -> host.apply(text)).join();
        version = check(text, answer, version);
      } catch (CompletionException | IllegalStateException | NumberFormatException e) {
        failed.incrementAndGet();
        failure.compareAndSet(null, text + ": " + e);
      }
    }
  }

  /** Returns the version that answered, which is none that was replaced before. */
  private static int check(String text, String answer, int before) {
    CRC32 expected = new CRC32();
    expected.update(text.toUpperCase(Locale.ROOT).getBytes(US_ASCII));
    String[] words = answer.split(" ", -1);
    int version = Integer.parseInt(words[0]);
    if (version < before || Long.parseLong(words[1]) != expected.getValue()) {
      throw new IllegalStateException("answered '" + answer + "' after version " + before);
    }
    return version;
  }
}
