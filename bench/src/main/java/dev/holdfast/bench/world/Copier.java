// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.BufferRecycler;
import tools.jackson.core.util.RecyclerPool;

/** Parses a document and prints it anew, by some version of Jackson with some pool. */
@FunctionalInterface
interface Copier {

  void copy(InputStream from, OutputStream to) throws IOException;

  /** Jackson 3. */
  static Copier of(RecyclerPool<BufferRecycler> pool) {
    JsonFactory json = JsonFactory.builder().recyclerPool(pool).build();
    return (from, to) -> {
      try (JsonParser parser = json.createParser(ObjectReadContext.empty(), from);
          JsonGenerator printer = json.createGenerator(ObjectWriteContext.empty(), to)) {
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
          if (token.isNumeric()) {
            // As it is written: to compute it would be most of the work, and the same for all.
            printer.writeNumber(
                parser.getStringCharacters(), parser.getStringOffset(), parser.getStringLength());
          } else {
            printer.copyCurrentEvent(parser);
          }
        }
      }
    };
  }

  /** Jackson 2. */
  static Copier of(
      com.fasterxml.jackson.core.util.RecyclerPool<com.fasterxml.jackson.core.util.BufferRecycler>
          pool) {
    com.fasterxml.jackson.core.JsonFactory json =
        com.fasterxml.jackson.core.JsonFactory.builder().recyclerPool(pool).build();
    return (from, to) -> {
      try (var parser = json.createParser(from);
          var printer = json.createGenerator(to)) {
        for (var token = parser.nextToken(); token != null; token = parser.nextToken()) {
          if (token.isNumeric()) {
            printer.writeNumber(
                parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength());
          } else {
            printer.copyCurrentEvent(parser);
          }
        }
      }
    };
  }
}
