// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The README's first program, started as the README says. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class FirstProgramJarTest {

  private static final String PRINTED =
      ": 1000 digests, the last one "
          + "26d69824f38f2420340c1b43b2e17ee747b14261d44fbaac31780ea49dad2cc1";

  @TempDir Path dir;

  @Test
  void onTheClassPathItRunsInTheOwnedTierAndIsToldTheFlag() throws Exception {
    assertThat(run("-cp", jar(), FirstProgram.class.getName())).containsExactly("OWNED" + PRINTED);
    assertThat(dir.resolve("err.txt"))
        .content()
        .contains("--add-opens java.base/java.lang=ALL-UNNAMED");
  }

  @Test
  void asAJarItRunsInTheCarrierTier() throws Exception {
    assertThat(run("-jar", jar())).containsExactly("CARRIER" + PRINTED);
    assertThat(dir.resolve("err.txt")).content().doesNotContain("--add-opens");
  }

  private static String jar() {
    return Objects.requireNonNull(
        System.getProperty("holdfast.jar"), "this test needs the jar: run ./mvnw verify");
  }

  /** Returns what the program prints; what it logs is in err.txt. */
  private List<String> run(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(words));
    Path out = dir.resolve("out.txt");
    // Apart: on a slow machine the runtime may warn there of what takes long.
    Path err = dir.resolve("err.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      assertThat(process.waitFor(40, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(err)).isZero();
      return Files.readAllLines(out);
    } finally {
      process.destroyForcibly();
    }
  }
}
