// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That what a JVM wrote of its own end is read as it was. */
final class ExitLogTest {

  @TempDir private Path directory;

  @Test
  @DisplayName(
      "values that are gone, values that are not, and findings with their stacks are read back")
  void isReadAsItWasWritten() throws Exception {
    Path file = directory.resolve("log");
    ExitLog.Recorder recorder = new ExitLog.Recorder(file);
    Witness witness = new Witness("stop", 3, recorder);
    Armory armory = new Armory(witness);
    armory.make("stays");
    armory.make("goes\tand\ngoes").destroy();
    assertThat(ExitLog.read(file, "stop", 3).exits()).isFalse();
    recorder.exits();
    witness.reportStacks(
        Verdict.STRANDED,
        "two\tlines\nof text",
        Map.of(
            "task",
            List.of(
                new StackTraceElement("Pool", "run", "Pool.java", 7),
                new StackTraceElement("Thread", "run", null, -1))));
    ExitLog read = ExitLog.read(file, "stop", 3);
    assertThat(read.exits()).isTrue();
    assertThat(read.made()).isEqualTo(2);
    assertThat(read.alive()).singleElement().asString().contains("'stays'");
    Finding finding = read.findings().getFirst();
    assertThat(read.findings()).hasSize(1);
    assertThat(finding.verdict()).isEqualTo(Verdict.STRANDED);
    assertThat(finding.what()).isEqualTo("two lines of text");
    assertThat(finding.way()).isEqualTo("stop");
    assertThat(finding.seed()).isEqualTo(3);
    assertThat(finding.stacks().get("task"))
        .extracting(StackTraceElement::getMethodName, StackTraceElement::getLineNumber)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("run", 7),
            org.assertj.core.groups.Tuple.tuple("run", -1));
  }
}
