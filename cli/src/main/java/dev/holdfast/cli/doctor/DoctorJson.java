// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.holdfast.cli.doctor.Examination.Finding;
import dev.holdfast.cli.doctor.Examination.Tried;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints an examination as one JSON object, in ASCII whatever the terminal's encoding is. */
final class DoctorJson {

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .build();

  private final PrintWriter out;

  DoctorJson(PrintWriter out) {
    this.out = out;
  }

  void print(Examination examination) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      json.writeStringField("jvm", Platform.jvm());
      json.writeStringField("vendor", Platform.vendor());
      json.writeStringField("system", Platform.system());
      json.writeStringField("home", Platform.home());
      json.writeBooleanField("good", examination.good());
      json.writeArrayFieldStart("starts");
      for (Tried tried : examination.starts()) {
        write(json, tried);
      }
      json.writeEndArray();
      names(json, "internalsFound", examination.support().internalsFound());
      names(json, "internalsAbsent", examination.support().internalsAbsent());
      json.writeBooleanField(
          "threadExitHook", examination.support().threadExitHookMissing().isEmpty());
      json.writeArrayFieldStart("findings");
      for (Finding finding : examination.findings()) {
        json.writeStartObject();
        json.writeStringField("name", finding.name());
        json.writeStringField("sentence", finding.sentence());
        write(json, "seen", finding.seen());
        json.writeStringField("failure", finding.failure());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    out.println();
    out.flush();
  }

  private static void write(JsonGenerator json, Tried tried) throws IOException {
    json.writeStartObject();
    json.writeStringField("way", tried.start().way());
    json.writeStringField("opened", tried.start().opened());
    json.writeStringField("tier", tried.tier());
    write(json, "threadExitHook", tried.hook());
    json.writeStringField("missing", tried.missing());
    json.writeStringField("notTried", tried.start().untried());
    json.writeStringField("failure", tried.failure());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, String name, @Nullable Boolean answer)
      throws IOException {
    if (answer == null) {
      json.writeNullField(name);
    } else {
      json.writeBooleanField(name, answer);
    }
  }

  private static void names(JsonGenerator json, String field, List<String> names)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (String name : names) {
      json.writeString(name);
    }
    json.writeEndArray();
  }
}
