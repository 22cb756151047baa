// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import java.io.ByteArrayOutputStream;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What it takes to read a document, print it anew and digest that, and is worth being kept: a
 * digest and a buffer. The parser's and the printer's buffers are kept by the factory's pool.
 */
final class Kit {

  /** Large enough for most documents. */
  private static final int BUFFER = 16 << 10;

  private final MessageDigest digest;
  private final Output output = new Output();
  private final byte[] sum;

  Kit() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("each JDK has SHA-256: " + e, e);
    }
    sum = new byte[digest.getDigestLength()];
  }

  /** A document, and the digest of it as it is printed. */
  static final class Document {
    private final byte[] text;
    private final byte[] sum;

    private Document(byte[] text, byte[] sum) {
      this.text = text;
      this.sum = sum;
    }

    static Document of(byte[] text) {
      Kit kit = new Kit();
      kit.print(text, new JsonFactory());
      return new Document(text, kit.sum);
    }
  }

  /**
   * Reads and prints a document.
   *
   * @throws IllegalStateException if something else came out than the first time
   */
  void handle(Document document, JsonFactory json) {
    print(document.text, json);
    if (!Arrays.equals(sum, document.sum)) {
      throw new IllegalStateException(
          "a document of "
              + document.text.length
              + " bytes was printed differently: a buffer"
              + " was used by two tasks at once");
    }
  }

  private void print(byte[] text, JsonFactory json) {
    output.reset();
    try (JsonParser parser = json.createParser(ObjectReadContext.empty(), text);
        JsonGenerator printer = json.createGenerator(ObjectWriteContext.empty(), output)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token.isNumeric()) {
          // As it is written. Computing it and writing it anew would make more garbage than all
          // buffers together, and be the same for everybody.
          printer.writeNumber(
              parser.getStringCharacters(), parser.getStringOffset(), parser.getStringLength());
        } else {
          printer.copyCurrentEvent(parser);
        }
      }
    }
    output.digest(digest, sum);
  }

  /** Lets its bytes be digested where they are. */
  private static final class Output extends ByteArrayOutputStream {
    Output() {
      super(BUFFER);
    }

    void digest(MessageDigest digest, byte[] sum) {
      digest.update(buf, 0, count);
      try {
        digest.digest(sum, 0, sum.length);
      } catch (DigestException e) {
        throw new IllegalStateException("a sum has " + sum.length + " bytes: " + e, e);
      }
    }
  }
}
