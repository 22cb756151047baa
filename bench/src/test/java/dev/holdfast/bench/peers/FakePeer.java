// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A peer whose rows are what a peer can do wrong. Its argument is a file that it makes when it ends
 * well.
 */
final class FakePeer {

  static final int EXIT_CODE = 7;

  private FakePeer() {}

  /** Answers until the end of its input. */
  public static void main(String[] args) throws IOException {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        answer(line);
      }
    }
    Files.createFile(Path.of(args[0]));
  }

  private static void answer(String line) {
    String row = line.substring(0, (line + " ").indexOf(' '));
    switch (row) {
      case "ROWS" -> say("ROWS echo failing dying nonsense nothing twice zero ping_pong");
      // SIZE, WORKERS and NANOS as one number.
      case "echo" -> say("RESULT " + line.substring("echo ".length()).replace(" ", "") + ".5");
      case "ping_pong" -> say("RESULT 7");
      case "failing" -> say("FAILED no room for " + line);
      case "dying" -> {
        System.err.println("the reason of the death");
        System.exit(EXIT_CODE);
      }
      case "nonsense" -> say("RESULT fast");
      case "twice" -> say("RESULT 1\nRESULT 2");
      case "zero" -> say("RESULT 0");
      case "nothing" -> {}
      default -> say("UNKNOWN " + row);
    }
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
