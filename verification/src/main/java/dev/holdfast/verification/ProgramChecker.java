// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A checker that is a program of another module.
 *
 * <p>The program is given {@code --json}, and {@code --long} for the long form. It prints a line
 * for each thing that it checked, an object with the names that {@link Json} writes, and exits with
 * 0 if all is well and 1 if not. What else it prints is shown if it fails. Its module runs its
 * short form in every build.
 *
 * @param name what it is chosen by
 * @param about what it checks
 * @param mainClass the class whose {@code main} is called
 * @param atMost how long the short form may take
 * @param atMostLong how long the long form may take
 */
record ProgramChecker(
    String name, String about, String mainClass, Duration atMost, Duration atMostLong)
    implements Checker {

  private static final JsonFactory JSON = new JsonFactory();

  /** With the flag of the carrier tier. */
  private static final List<String> OPTIONS =
      List.of("-Xmx512m", "--add-opens", "java.base/java.lang=ALL-UNNAMED");

  /** How such a line begins; what else a program prints does not. */
  private static final String ROW = "{\"checker\":";

  @Override
  public boolean isRunByItsModule() {
    return true;
  }

  @Override
  public List<Row> check(Length length, Consumer<String> progress)
      throws IOException, InterruptedException {
    boolean isLong = length == Length.LONG;
    ChildJvm jvm = new ChildJvm(OPTIONS, isLong ? atMostLong : atMost);
    progress.accept("runs for " + jvm.deadline().toMinutes() + " minutes at most");
    long began = System.nanoTime();
    try (WorkDirectory directory = WorkDirectory.create("holdfast-" + name)) {
      ChildJvm.Ended ended =
          jvm.run(
              directory.path(),
              mainClass,
              isLong ? List.of("--json", "--long") : List.of("--json"));
      return rows(ended, Duration.ofNanos(System.nanoTime() - began));
    }
  }

  /**
   * Reads what the program has printed.
   *
   * @param took how long it ran, for rows that say nothing of their own time
   */
  List<Row> rows(ChildJvm.Ended ended, Duration took) {
    List<Row> rows = new ArrayList<>();
    List<String> findings = new ArrayList<>();
    for (String line : ended.lines()) {
      if (line.startsWith(ROW)) {
        try {
          rows.add(row(line, took));
        } catch (IOException e) {
          findings.add("printed what is no row: " + line + ": " + e.getMessage());
        }
      }
    }
    boolean good = !rows.isEmpty() && rows.stream().allMatch(Row::isGood);
    if (ended.exit() != (good ? 0 : 1) || rows.isEmpty()) {
      findings.add("printed " + rows.size() + " rows, and " + ended.lastLines());
    }
    if (!findings.isEmpty()) {
      rows.add(new Row(name, mainClass, 0, "runs", took, findings, 0, 0));
    }
    return rows;
  }

  private Row row(String line, Duration took) throws IOException {
    String what = null;
    long count = 0;
    String unit = "runs";
    Duration own = took;
    List<String> findings = null;
    int caught = 0;
    int canaries = 0;
    try (JsonParser json = JSON.createParser(line)) {
      json.nextToken();
      for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
        json.nextToken();
        switch (field) {
          case "what" -> what = json.getText();
          case "count" -> count = json.getLongValue();
          case "unit" -> unit = json.getText();
          case "seconds" -> own = Duration.ofMillis(Math.round(json.getDoubleValue() * 1_000));
          case "millis" -> own = Duration.ofMillis(json.getLongValue());
          case "findings" -> findings = texts(json);
          case "canariesCaught" -> caught = json.getIntValue();
          case "canaries" -> canaries = json.getIntValue();
          default -> json.skipChildren();
        }
      }
    }
    return new Row(
        name, given("what", what), count, unit, own, given("findings", findings), caught, canaries);
  }

  private static List<String> texts(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new IOException("findings are not a list, but " + json.getText());
    }
    List<String> texts = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      texts.add(json.getText());
    }
    return texts;
  }

  private static <T> T given(String field, @Nullable T value) throws IOException {
    if (value == null) {
      throw new IOException("it has no " + field);
    }
    return value;
  }
}
