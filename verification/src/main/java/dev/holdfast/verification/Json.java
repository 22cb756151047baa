// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;

/** What the checkers say, as JSON. */
final class Json {

  /** Counts up when something that was there is gone or means something else. */
  private static final int FORMAT = 1;

  private Json() {}

  static String of(Length length, List<Row> rows) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.useDefaultPrettyPrinter();
      json.writeStartObject();
      json.writeNumberField("format", FORMAT);
      json.writeStringField("length", length.name().toLowerCase(Locale.ROOT));
      json.writeArrayFieldStart("rows");
      for (Row row : rows) {
        write(json, row);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    return text + "\n";
  }

  private static void write(JsonGenerator json, Row row) throws IOException {
    json.writeStartObject();
    json.writeStringField("checker", row.checker());
    json.writeStringField("what", row.what());
    json.writeNumberField("count", row.count());
    json.writeStringField("unit", row.unit());
    json.writeNumberField("seconds", row.took().toMillis() / 1000.0);
    json.writeArrayFieldStart("findings");
    for (String each : row.findings()) {
      json.writeString(each);
    }
    json.writeEndArray();
    json.writeNumberField("canariesCaught", row.caught());
    json.writeNumberField("canaries", row.canaries());
    json.writeBooleanField("good", row.isGood());
    json.writeEndObject();
  }
}
