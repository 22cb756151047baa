// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import java.nio.charset.StandardCharsets;

/** What client and server of the HTTP row say, and the little of HTTP/1.1 that the client reads. */
final class HttpWords {

  static final String PATH = "/orders";

  /** The body of each request. */
  static final String QUESTION =
      "{\"customer\":4711,\"currency\":\"EUR\",\"express\":true,"
          + "\"items\":[{\"sku\":\"A-100\",\"count\":2},{\"sku\":\"B-205\",\"count\":1},"
          + "{\"sku\":\"C-999\",\"count\":12}]}";

  private static final byte[] STATUS = bytes("HTTP/1.1 200 ");
  private static final byte[] LENGTH = bytes("\ncontent-length: ");
  private static final byte[] HEADER_END = bytes("\r\n\r\n");

  private HttpWords() {}

  /** Returns where the body begins, or -1 if the header has not ended. */
  static int bodyIn(byte[] answer, int length) {
    for (int at = 0; at + HEADER_END.length <= length; at++) {
      if (has(answer, at, HEADER_END)) {
        return at + HEADER_END.length;
      }
    }
    return -1;
  }

  /** Returns the length that a header announces, or -1 if it is not of a good answer with one. */
  static int lengthIn(byte[] answer, int header) {
    if (header < STATUS.length || !has(answer, 0, STATUS)) {
      return -1;
    }
    for (int at = STATUS.length; at + LENGTH.length < header; at++) {
      if (has(answer, at, LENGTH)) {
        int length = 0;
        for (int i = at + LENGTH.length; answer[i] >= '0' && answer[i] <= '9'; i++) {
          length = 10 * length + (answer[i] - '0');
        }
        return length;
      }
    }
    return -1;
  }

  /** Compares bytes of a header, whose names may be in capitals. */
  private static boolean has(byte[] answer, int at, byte[] words) {
    for (int i = 0; i < words.length; i++) {
      if (lower(answer[at + i]) != lower(words[i])) {
        return false;
      }
    }
    return true;
  }

  private static int lower(byte letter) {
    return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
