// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.peers;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A program that is asked for times, line by line.
 *
 * <p>One that broke the protocol, or was too slow, is ended: what it says later could be taken for
 * the answer to another question.
 */
final class PeerProcess {

  private static final int STDERR_CHARS = 2_000;

  /** How long a program may take to start, beyond what any answer may take. */
  private static final Duration STARTING = Duration.ofSeconds(30);

  /** How long a program may take to end after the end of its input or output. */
  private static final Duration ENDING = Duration.ofSeconds(10);

  private final String peer;
  private final Duration patience;
  private final Process process;
  private final BufferedWriter in;

  /** What the program writes to stderr: a file needs no thread, and is whole once it has ended. */
  private final Path stderr;

  /** The lines that it says, then an empty one for the end; by the thread that reads them. */
  private final BlockingQueue<Optional<String>> said = new LinkedBlockingQueue<>();

  private final List<String> rows;

  /** Why it was ended. */
  private @Nullable String failure;

  private PeerProcess(String peer, Process process, Path stderr, Duration patience)
      throws IOException, InterruptedException {
    this.peer = peer;
    this.process = process;
    this.stderr = stderr;
    this.patience = patience;
    in = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofPlatform().daemon().name("reads " + peer).start(this::read);
    String answer = ask("ROWS", "ROWS", STARTING.toNanos());
    if (!answer.startsWith("ROWS ")) {
      throw broke("ROWS", "answered '" + answer + "' instead of ROWS and their names");
    }
    rows = List.of(answer.substring("ROWS ".length()).strip().split(" +", -1));
  }

  /** Starts a program and asks it for its rows. */
  static PeerProcess start(String peer, List<String> command, Duration patience)
      throws IOException, InterruptedException {
    Path stderr = Files.createTempFile("peer-" + peer, ".stderr");
    Process process = null;
    try {
      process = new ProcessBuilder(command).redirectError(stderr.toFile()).start();
      return new PeerProcess(peer, process, stderr, patience);
    } catch (IOException | InterruptedException e) {
      if (process != null) {
        process.destroyForcibly().onExit().join();
      }
      Files.delete(stderr);
      throw e;
    }
  }

  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        said.add(Optional.of(line));
      }
    } catch (IOException _) {
      // The process was ended while it was read from, which is an end like others.
    } finally {
      said.add(Optional.empty());
    }
  }

  List<String> rows() {
    return rows;
  }

  /** Returns the time per operation, in nanoseconds. */
  double measure(String row, int size, int workers, long nanos)
      throws IOException, InterruptedException {
    String answer = ask(row, row + " " + size + " " + workers + " " + nanos, nanos);
    if (answer.startsWith("FAILED ")) {
      // As the protocol says: it can be asked for other rows.
      throw new IOException(message(row, "answered '" + answer + "'"));
    }
    if (answer.startsWith("RESULT ")) {
      try {
        double time = Double.parseDouble(answer.substring("RESULT ".length()));
        if (time > 0 && Double.isFinite(time)) {
          return time;
        }
      } catch (NumberFormatException _) {
        // Nonsense, as below.
      }
    }
    throw broke(row, "answered '" + answer + "' instead of RESULT and a time");
  }

  /** Returns the answer, for which the program has {@code nanos} and the usual patience. */
  private String ask(String row, String question, long nanos)
      throws IOException, InterruptedException {
    if (failure != null) {
      throw new IOException(message(row, "is gone: it " + failure));
    }
    Optional<String> unasked = said.peek();
    if (unasked != null && unasked.isPresent()) {
      throw broke(row, "had said '" + unasked.get() + "' unasked");
    }
    try {
      in.write(question);
      in.newLine();
      in.flush();
    } catch (IOException _) {
      // It has ended, as what is read of it says too.
    }
    long limit = patience.plusNanos(nanos).toNanos();
    Optional<String> answer;
    try {
      answer = said.poll(limit, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      end("was asked by a thread that was interrupted");
      throw e;
    }
    if (answer == null) {
      throw broke(row, "gave no answer in " + TimeUnit.NANOSECONDS.toMillis(limit) + " ms");
    }
    if (answer.isEmpty()) {
      // It is about to end by itself, with an exit code to tell of.
      throw broke(
          row,
          process.waitFor(ENDING)
              ? "ended with exit code " + process.exitValue()
              : "closed its output");
    }
    return answer.get();
  }

  private IOException broke(String row, String what) throws IOException {
    end(what);
    return new IOException(message(row, what));
  }

  private void end(String why) {
    process.destroyForcibly().onExit().join();
    failure = why;
  }

  private String message(String row, String what) throws IOException {
    String text = new String(Files.readAllBytes(stderr), StandardCharsets.UTF_8).strip();
    String end = text.substring(Math.max(0, text.length() - STDERR_CHARS));
    return peer
        + ", asked for "
        + row
        + ", "
        + what
        + (end.isEmpty() ? "; it wrote nothing to stderr" : "; its stderr: " + end);
  }

  /** Ends the program and waits for it, even if the thread is interrupted. */
  void close() throws IOException {
    try {
      // The end of its input.
      in.close();
    } catch (IOException _) {
      // It has ended already.
    }
    process.onExit().completeOnTimeout(process, ENDING.toMillis(), TimeUnit.MILLISECONDS).join();
    process.destroyForcibly().onExit().join();
    Files.deleteIfExists(stderr);
  }
}
