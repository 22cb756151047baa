// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryManagerMXBean;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/** Measured tables as JSON: the machine, the options, each sample, and what was made of them. */
final class Json {

  /** Counts up when something that was there is gone or means something else. */
  private static final int FORMAT = 1;

  private Json() {}

  /** What the command was told. */
  record Options(
      List<String> tables, int rounds, boolean quick, List<String> rows, List<String> peers) {}

  static String of(Options options, List<Result> results) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JsonFactory.builder().build().createGenerator(new Indented(), text)) {
      json.writeStartObject();
      json.writeNumberProperty("format", FORMAT);
      json.writeStringProperty("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
      machine(json);
      options(json, options);
      json.writeArrayPropertyStart("tables");
      results.forEach(result -> table(json, result));
      json.writeEndArray();
      json.writeEndObject();
    }
    return text + "\n";
  }

  private static final class Indented extends ObjectWriteContext.Base {
    @Override
    public PrettyPrinter getPrettyPrinter() {
      return new DefaultPrettyPrinter();
    }

    @Override
    public boolean hasPrettyPrinter() {
      return true;
    }
  }

  private static void machine(JsonGenerator json) {
    json.writeObjectPropertyStart("machine");
    json.writeNumberProperty("cores", Machine.cores());
    json.writeStringProperty("jvm", Machine.jvm());
    json.writeStringProperty("os", Machine.os());
    json.writeNumberProperty("heapMiB", Runtime.getRuntime().maxMemory() >> 20);
    json.writeStringProperty(
        "gc",
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(MemoryManagerMXBean::getName)
            .findFirst()
            .orElse("none"));
    json.writeEndObject();
  }

  private static void options(JsonGenerator json, Options options) {
    json.writeObjectPropertyStart("options");
    strings(json, "tables", options.tables());
    json.writeNumberProperty("rounds", options.rounds());
    json.writeBooleanProperty("quick", options.quick());
    strings(json, "rows", options.rows());
    strings(json, "peers", options.peers());
    json.writeEndObject();
  }

  private static void table(JsonGenerator json, Result result) {
    json.writeStartObject();
    json.writeStringProperty("table", result.name());
    json.writeStringProperty("about", result.about());
    json.writeNumberProperty("rounds", result.rounds());
    json.writeNumberProperty("seconds", result.seconds());
    json.writeArrayPropertyStart("rows");
    result.rows().forEach(row -> row(json, row));
    json.writeEndArray();
    json.writeArrayPropertyStart("together");
    for (Result.Together together : result.together()) {
      json.writeStartObject();
      json.writeStringProperty("name", together.across().name());
      json.writeStringProperty("kind", together.across().kind().name());
      json.writeNumberProperty("bound", together.across().bound());
      numbers(json, "numbers", together.numbers());
      json.writeBooleanProperty("reached", together.reached());
      json.writeEndObject();
    }
    json.writeEndArray();
    strings(json, "notes", result.notes());
    json.writeEndObject();
  }

  private static void row(JsonGenerator json, Result.Row row) {
    json.writeStartObject();
    json.writeStringProperty("row", row.line().name());
    json.writeStringProperty("unit", row.line().unit());
    json.writeArrayPropertyStart("contestants");
    for (Result.Outcome outcome : row.outcomes()) {
      json.writeStartObject();
      json.writeStringProperty("peer", outcome.peer());
      numbers(json, "samples", outcome.samples());
      if (outcome.starved()) {
        json.writeBooleanProperty("starved", true);
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    strings(json, "best", row.best());
    json.writeArrayPropertyStart("aims");
    for (Result.Verdict verdict : row.verdicts()) {
      json.writeStartObject();
      String peer = verdict.aim().peer();
      if (peer == null) {
        json.writeNullProperty("peer");
      } else {
        json.writeStringProperty("peer", peer);
      }
      json.writeStringProperty("kind", verdict.aim().kind().name());
      json.writeNumberProperty("bound", verdict.aim().bound());
      numbers(json, "numbers", verdict.numbers());
      json.writeBooleanProperty("reached", verdict.reached());
      json.writeEndObject();
    }
    json.writeEndArray();
    strings(json, "notes", row.notes());
    json.writeEndObject();
  }

  /** Numbers, and beside them their spread. */
  private static void numbers(JsonGenerator json, String name, List<Double> numbers) {
    json.writeArrayPropertyStart(name);
    numbers.forEach(json::writeNumber);
    json.writeEndArray();
    Spread spread = Spread.of(numbers);
    json.writeNumberProperty("median", spread.median());
    json.writeNumberProperty("min", spread.min());
    json.writeNumberProperty("max", spread.max());
  }

  private static void strings(JsonGenerator json, String name, List<String> values) {
    json.writeArrayPropertyStart(name);
    values.forEach(json::writeString);
    json.writeEndArray();
  }
}
