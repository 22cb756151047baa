// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;

/** Digests many texts in many tasks with a few digests: the first program of the README. */
public final class FirstProgram {

  private static final WorkerLocal<MessageDigest> SHA256 = WorkerLocal.of(FirstProgram::newSha256);

  private FirstProgram() {}

  /** Runs the program. */
  public static void main(String[] args) {
    try (WorkerRuntime runtime = WorkerRuntime.start()) {
      List<Task<String>> tasks =
          IntStream.range(0, 1000).mapToObj(i -> runtime.spawn(() -> digest("text " + i))).toList();
      System.out.println(
          runtime.tier()
              + ": "
              + tasks.size()
              + " digests, the last one "
              + tasks.getLast().join());
    }
  }

  private static String digest(String text) {
    try (Lease<MessageDigest> lease = SHA256.lease()) {
      return HexFormat.of().formatHex(lease.get().digest(text.getBytes(UTF_8)));
    }
  }

  private static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
