// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.holdfast.cli.demo.Runner.OnHoldfast;
import dev.holdfast.cli.demo.Runner.Run;
import dev.holdfast.shutdown.ShutdownReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;

/** Prints an outcome as one JSON object, in ASCII whatever the terminal's encoding is. */
final class JsonReport {

  /** The most disagreements that are listed; {@code disagreementCount} counts them all. */
  static final int MAX_LISTED = 100;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .build();

  private final PrintWriter out;

  JsonReport(PrintWriter out) {
    this.out = out;
  }

  void print(Demo.Outcome outcome) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter()) {
      write(json, outcome);
    }
    out.println();
    out.flush();
  }

  private static void write(JsonGenerator json, Demo.Outcome outcome) throws IOException {
    Comparison comparison = outcome.comparison();
    json.writeStartObject();
    json.writeStringField("root", outcome.corpus().root().toString());
    json.writeNumberField("files", comparison.files());
    json.writeNumberField("bytes", comparison.bytes());
    json.writeNumberField("tasks", outcome.corpus().pieces().size());
    json.writeNumberField("unreadable", comparison.unreadable().size());
    json.writeBooleanField("digestsAgree", comparison.agree());
    json.writeNumberField("disagreementCount", comparison.disagreements().size());
    json.writeArrayFieldStart("disagreements");
    for (Comparison.Disagreement disagreement :
        comparison.disagreements().stream().limit(MAX_LISTED).toList()) {
      json.writeStartObject();
      json.writeStringField("file", disagreement.name());
      for (Map.Entry<String, FileResult> found : disagreement.found().entrySet()) {
        json.writeStringField(found.getKey(), found.getValue().toString());
      }
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("violations");
    for (String violation : outcome.violations()) {
      json.writeString(violation);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("runners");
    for (Run run : outcome.runs()) {
      write(json, run, outcome.corpus());
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Run run, Corpus corpus) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", run.name());
    json.writeNumberField("files", run.files());
    json.writeNumberField("bytes", run.bytes(corpus));
    json.writeNumberField("millis", run.took().toMillis());
    json.writeNumberField(
        "megabytesPerSecond", Math.round(run.megabytesPerSecond(corpus) * 10) / 10.0);
    json.writeNumberField("contextsMade", run.contexts().made());
    json.writeNumberField("contextsFreed", run.contexts().freed());
    json.writeNumberField("contextsReclaimed", run.contexts().reclaimed());
    json.writeNumberField("peakBufferBytes", run.contexts().peakBufferBytes());
    OnHoldfast holdfast = run.holdfast();
    if (holdfast != null) {
      json.writeStringField("tier", holdfast.tier().name());
      json.writeNumberField("workers", holdfast.workers());
      json.writeNumberField("spareWorkers", holdfast.spares());
      json.writeNumberField("leases", holdfast.leases());
      json.writeFieldName("shutdown");
      write(json, holdfast.shutdown());
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, ShutdownReport report) throws IOException {
    json.writeStartObject();
    json.writeStringField("phase", report.phase().name());
    json.writeNumberField("made", report.made());
    json.writeNumberField("destroyed", report.destroyed());
    json.writeNumberField("tookMillis", report.took().toMillis());
    json.writeArrayFieldStart("failures");
    for (ShutdownReport.Failure failure : report.failures()) {
      json.writeStartObject();
      json.writeStringField("kind", failure.kind().name());
      json.writeStringField("name", failure.name());
      json.writeStringField("owner", failure.owner());
      json.writeStringField("cause", failure.cause().toString());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("holders");
    for (ShutdownReport.Holder holder : report.holders()) {
      json.writeStartObject();
      json.writeStringField("kind", holder.kind().name());
      json.writeStringField("name", holder.name());
      json.writeStringField("owner", holder.owner());
      json.writeNumberField("ageMillis", holder.age().toMillis());
      json.writeArrayFieldStart("stack");
      for (StackTraceElement frame : holder.stack()) {
        json.writeString(frame.toString());
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
