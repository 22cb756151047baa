// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory the process has, that of native libraries included. */
public final class ResidentSize {

  private static final Path STATUS = Path.of("/proc/self/status");

  private ResidentSize() {}

  /** Returns the megabytes, or 0 where the system does not tell. */
  public static long megabytes() throws IOException {
    if (!Files.exists(STATUS)) {
      return 0;
    }
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    return 0;
  }
}
