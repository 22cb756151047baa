// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * JSON documents of the kinds that programs exchange, the same in each run: a package's manifest (2
 * KB), an interface's answer (16 KB), and a collection of places and borders (48 KB).
 */
final class Documents {

  private static final List<String> SYLLABLES =
      List.of("ka", "lo", "mi", "ner", "ost", "pra", "ru", "sel", "ta", "vin", "wer", "zu");

  private final SplittableRandom random;

  private Documents(long seed) {
    random = new SplittableRandom(seed);
  }

  /** One of sixteen documents is a large one, three are of medium size, the rest is small. */
  static List<byte[]> mixed() {
    byte[] manifest = manifest().getBytes(UTF_8);
    byte[] answer = answer().getBytes(UTF_8);
    byte[] places = places().getBytes(UTF_8);
    return IntStream.range(0, 16)
        .mapToObj(i -> i == 7 ? places : i % 5 == 0 && i > 0 ? answer : manifest)
        .toList();
  }

  /** Names, versions and scripts; indented as by hand. */
  static String manifest() {
    return new Documents(1).writeManifest();
  }

  /** A page of orders: many fields, few of them long, with escapes and letters beyond ASCII. */
  static String answer() {
    return new Documents(2).writeAnswer();
  }

  /** Mostly numbers with many digits. */
  static String places() {
    return new Documents(3).writePlaces();
  }

  /** Orders as in the answer, of about that size. */
  static String orders(int bytes) {
    Documents documents = new Documents(4);
    StringBuilder text = new StringBuilder("[").append(documents.order(0));
    for (int i = 1; text.length() < bytes; i++) {
      text.append(',').append(documents.order(i));
    }
    return text.append(']').toString();
  }

  private String writeManifest() {
    return """
    {
      "name": "@%s/%s",
      "version": "%d.%d.%d",
      "description": "Keeps what belongs together in one place",
      "license": "Apache-2.0",
      "private": false,
      "main": "dist/index.js",
      "files": ["dist", "README.md", "LICENSE"],
      "repository": { "type": "git", "url": "https://code.example/%s.git" },
      "keywords": [%s],
      "engines": { "node": ">=%d" },
      "scripts": {
        "build": "compile --project . --out dist && copy assets/* dist/",
        "test": "run-tests --coverage --reporter=\\"dots\\"",
        "lint": "lint 'src/**/*.ts' --max-warnings 0",
        "release": "build && test && publish --tag latest"
      },
      "dependencies": {
    %s
      },
      "devDependencies": {
    %s
      }
    }
    """
        .formatted(
            word(2),
            word(3),
            random.nextInt(9),
            random.nextInt(30),
            random.nextInt(30),
            word(4),
            joined(8, ", ", i -> "\"" + word(2) + "\""),
            random.nextInt(16, 24),
            joined(14, ",\n", i -> dependency()),
            joined(22, ",\n", i -> dependency()));
  }

  private String dependency() {
    return "    \"%s-%s\": \"^%d.%d.%d\""
        .formatted(word(3), word(2), random.nextInt(9), random.nextInt(40), random.nextInt(20));
  }

  private String writeAnswer() {
    return "{\"page\":3,\"pages\":17,\"took_ms\":%d,\"orders\":[%s]}"
        .formatted(random.nextInt(90), joined(56, ",", i -> order(i)));
  }

  private String order(int number) {
    return ("{\"id\":%d,\"placed\":\"2025-%02d-%02dT%02d:%02d:%02dZ\",\"customer\":{\"name\":\"%s %s\","
            + "\"mail\":\"%s@%s.example\",\"vip\":%b,\"referrer\":null},\"total\":%s,\"note\":\"%s\","
            + "\"lines\":[%s]}")
        .formatted(
            700_000 + number,
            random.nextInt(1, 13),
            random.nextInt(1, 29),
            random.nextInt(24),
            random.nextInt(60),
            random.nextInt(60),
            word(2),
            "M\u00fc" + word(2),
            word(2),
            word(3),
            random.nextInt(4) == 0,
            decimal(random.nextDouble() * 900, 2),
            random.nextInt(3) == 0 ? "ring \\\"twice\\\"\\nthen wait \\u2713" : word(4),
            joined(
                2,
                ",",
                i ->
                    "{\"sku\":\"%s-%d\",\"count\":%d,\"price\":%s}"
                        .formatted(
                            word(1),
                            random.nextInt(1_000),
                            random.nextInt(1, 9),
                            decimal(random.nextDouble() * 100, 2))));
  }

  private String writePlaces() {
    return "{\"type\":\"FeatureCollection\",\"features\":[%s]}"
        .formatted(joined(24, ",", i -> feature(i)));
  }

  private String feature(int number) {
    double lon = random.nextDouble() * 340 - 170;
    double lat = random.nextDouble() * 160 - 80;
    return ("{\"type\":\"Feature\",\"id\":%d,\"properties\":{\"name\":\"%s\",\"people\":%d,"
            + "\"capital\":%b},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[%s]]}}")
        .formatted(
            number,
            word(3),
            random.nextInt(5_000_000),
            random.nextBoolean(),
            joined(
                80,
                ",",
                i ->
                    "[%s,%s]"
                        .formatted(
                            decimal(lon + random.nextDouble(), 6),
                            decimal(lat + random.nextDouble(), 6))));
  }

  private String word(int syllables) {
    return joined(syllables, "", i -> SYLLABLES.get(random.nextInt(SYLLABLES.size())));
  }

  private static String decimal(double value, int digits) {
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  private static String joined(int count, String between, IntFunction<String> part) {
    return IntStream.range(0, count).mapToObj(part).collect(Collectors.joining(between));
  }
}
