// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;

/** A small tree with everything that a tree may hold. */
final class TestTree {

  static final int BLOCK = 4096;

  /** Regular files in the tree, links and directories not counted. */
  static final int FILES = 11;

  private TestTree() {}

  /** Makes the tree; its bytes are random but always the same. */
  static Path in(Path directory) throws IOException, InterruptedException {
    Path root = Files.createDirectories(directory.resolve("tree"));
    Random random = new Random(42);
    write(root.resolve("empty"), 0, random);
    write(root.resolve("one"), 1, random);
    write(root.resolve("block-1"), BLOCK - 1, random);
    write(root.resolve("block"), BLOCK, random);
    write(root.resolve("block+1"), BLOCK + 1, random);
    write(root.resolve("two blocks"), 2 * BLOCK, random);
    write(root.resolve("several blocks"), 5 * BLOCK + 17, random);
    Path deep = Files.createDirectories(root.resolve("a/b/c"));
    write(deep.resolve("larger than a buffer"), 300_000, random);
    Files.write(deep.resolve("text"), "again and again ".repeat(2000).getBytes(UTF_8));
    Files.createDirectories(root.resolve("empty directory"));
    // By a shell, for names are bytes and the JVM's own encoding may not have them.
    shell(root, "printf x > \"$(printf 'n\\303\\251\\342\\230\\203')\"");
    shell(root, "printf y > \"$(printf 'no-utf-8-\\377')\"");
    Files.createSymbolicLink(root.resolve("link to a file"), root.resolve("one"));
    Files.createSymbolicLink(root.resolve("link to nothing"), Path.of("nowhere"));
    Files.createSymbolicLink(deep.resolve("loop"), root);
    Files.createSymbolicLink(root.resolve("self"), Path.of("self"));
    return root;
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static void write(Path path, int bytes, Random random) throws IOException {
    byte[] content = new byte[bytes];
    random.nextBytes(content);
    Files.write(path, content);
  }

  private static void shell(Path directory, String line) throws IOException, InterruptedException {
    int exitCode =
        new ProcessBuilder("sh", "-c", line)
            .directory(directory.toFile())
            .inheritIO()
            .start()
            .waitFor();
    if (exitCode != 0) {
      throw new IOException("sh ended with " + exitCode + ": " + line);
    }
  }
}
