// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void helpSaysHowTheCommandIsUsed() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).startsWith("Usage: holdfast ");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void versionNamesTheCommand() {
    assertThat(run("--version")).isZero();
    assertThat(out.toString()).startsWith("holdfast ");
  }

  @Test
  void anUnknownOptionIsNamedInOneSentence() {
    assertThat(run("--nope")).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("--nope")
        .contains("holdfast --help");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void anUnknownCommandIsNamedInOneSentence() {
    assertThat(run("frobnicate")).isEqualTo(2);
    assertThat(err.toString().lines()).singleElement().asString().contains("frobnicate");
  }

  @Test
  void noCommandAtAllIsAMistake() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).contains("no command");
  }

  @Test
  void theBenchmarksAreListedAndWithoutTheLauncherItIsSaidWhereTheyAre() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).containsPattern("(?m)^ +bench +Measures Holdfast");
    assertThat(run("bench", "schedule", "--quick")).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("run ./holdfast bench schedule --quick in a checkout");
  }

  @Test
  void theCheckersAreListedAndWithoutTheLauncherItIsSaidWhereTheyAre() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).containsPattern("(?m)^ +verify +Runs the checkers");
    assertThat(run("verify", "--long", "tla")).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("run ./holdfast verify --long tla in a checkout");
  }

  @Test
  void theExamplesAreListedAndWithoutTheLauncherItIsSaidWhereTheyAre() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).containsPattern("(?m)^ +example +Runs one of the examples");
    assertThat(run("example", "web-server")).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("run ./holdfast example web-server in a checkout");
  }

  private int run(String... args) {
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(args);
  }
}
