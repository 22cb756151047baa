// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import picocli.CommandLine;

/** What a call of the command printed and returned. */
record Invocation(int exitCode, String out, String err) {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  static Invocation of(DemoCommand demo, Object... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command = Main.commandLine(demo);
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    String[] words = new String[args.length + 1];
    words[0] = "demo";
    for (int i = 0; i < args.length; i++) {
      words[i + 1] = args[i].toString();
    }
    int exitCode = command.execute(words);
    return new Invocation(exitCode, out.toString(), err.toString());
  }

  /** The whole output as one JSON object. */
  JsonNode json() throws IOException {
    return JSON.readTree(out);
  }

  List<String> errLines() {
    return err.lines().toList();
  }
}
