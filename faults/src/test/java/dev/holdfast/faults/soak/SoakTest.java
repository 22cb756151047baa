// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.faults.check.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

/** A short soak, in a JVM of its own; and that a soak notices what it leaks. */
@Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
final class SoakTest {

  private static final int SCALE = Integer.getInteger("holdfast.test.scale", 1);

  @Test
  @Tag("S12")
  void nothingIsLostAndNothingGrows(@TempDir Path directory) throws Exception {
    ChildJvm soak =
        ChildJvm.start(
            List.of("-Xmx512m"),
            Soak.class,
            "--seconds",
            String.valueOf(15 * SCALE),
            "--out",
            directory.toString());
    assertThat(soak.await()).as(() -> soak.output()).isZero();
    assertThat(soak.output())
        .contains("\"good\":true")
        .contains("\"canariesCaught\":6,\"canaries\":6");
    assertThat(directory.resolve("soak.svg")).content().contains("<polyline");
    assertThat(Files.readString(directory.resolve("soak.json"))).contains("heap rose by");
  }

  @Test
  void aWrongCommandLineIsRefused() throws Exception {
    assertThat(Soak.run("--minutes", "many")).isEqualTo(2);
    assertThat(Soak.run("--seconds", "1")).isEqualTo(2);
    assertThat(Soak.run("--leak", "nothing")).isEqualTo(2);
  }
}
