// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.cli.Main;
import dev.holdfast.doomsday.Finding;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import dev.holdfast.doomsday.canary.Canary;
import dev.holdfast.doomsday.runtimes.Runtimes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import picocli.CommandLine;

/** What {@code holdfast doomsday} prints and returns, of real JVMs and of those that break down. */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DoomsdayCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(List<RuntimeAdapter> known, String... options) {
    CommandLine command = Main.commandLine(new DoomsdayCommand(known));
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    List<String> words = new ArrayList<>(List.of("doomsday"));
    words.addAll(Arrays.asList(options));
    return command.execute(words.toArray(String[]::new));
  }

  private List<JsonNode> rows() throws IOException {
    JsonNode array = new ObjectMapper().readTree(out.toString());
    assertThat(array.isArray()).isTrue();
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  private static RuntimeAdapter named(String name) {
    return Runtimes.all().stream()
        .filter(runtime -> runtime.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  @DisplayName("both tiers are safe, the canaries are caught, and the exit code says so")
  void safeAndCaughtIsZero() throws IOException {
    List<RuntimeAdapter> known = new ArrayList<>(Runtimes.own());
    known.add(named("canary-early-destroy"));
    known.add(named("canary-wrong-order"));
    int exit = run(known, "--rounds", "2", "--scenario", "idle", "--scenario", "parked", "--json");
    assertThat(exit).as(err + "\n" + out).isZero();
    List<JsonNode> rows = rows();
    assertThat(rows)
        .extracting(
            row -> row.get("runtime").asText() + " " + row.get("scenario").asText(),
            row -> row.get("verdict").asText())
        .containsExactly(
            row("holdfast-carrier idle", "SAFE"),
            row("holdfast-carrier parked", "SAFE"),
            row("holdfast-owned idle", "SAFE"),
            row("holdfast-owned parked", "SAFE"),
            row("canary-early-destroy parked", "USE_AFTER_DESTROY"),
            row("canary-wrong-order idle", "WRONG_ORDER"),
            row("canary-wrong-order parked", "WRONG_ORDER"));
    JsonNode safe = rows.getFirst();
    assertThat(safe.get("evidence").isNull()).isTrue();
    assertThat(safe.get("rounds").asInt()).isEqualTo(2);
    assertThat(safe.get("version").asText()).isNotEmpty();
    JsonNode evidence = rows.get(4).get("evidence");
    assertThat(evidence.get("seed").asLong()).isEqualTo(1);
    assertThat(evidence.get("way").asText()).isEqualTo("stop");
    assertThat(evidence.get("stacks").get("use").size()).isPositive();
    assertThat(evidence.get("stacks").get("destruction").size()).isPositive();
    assertThat(rows.get(4).get("rounds").asInt()).isEqualTo(1);
    assertThat(err.toString().lines())
        .hasSize(5)
        .startsWith(
            "auditing 4 runtimes, a line for each as it is done; up to 2 rounds of each scenario")
        .filteredOn(line -> line.matches("\\[ \\d/4\\] .*"))
        .hasSize(4);
  }

  private static Tuple row(String name, String verdict) {
    return Tuple.tuple(name, verdict);
  }

  @Test
  @DisplayName("the text ends with a row for each runtime, the evidence comes before it")
  void theTextHasARowForEach() {
    int exit =
        run(
            List.of(named("thread-pool-executor"), named("canary-stranded-task")),
            "--scenario",
            "deaf",
            "--scenario",
            "queued",
            "--rounds",
            "5",
            "--no-progress");
    assertThat(exit).as(err.toString()).isZero();
    assertThat(err.toString()).isEmpty();
    List<String> lines = out.toString().lines().toList();
    assertThat(lines.getFirst()).startsWith("thread-pool-executor JDK 25");
    assertThat(lines).anyMatch(line -> line.strip().equals("destruction:"));
    assertThat(lines)
        .anyMatch(line -> line.matches("thread-pool-executor +JDK 25\\S* +dangling +values .*"));
    assertThat(lines.getLast()).matches("canary-stranded-task +STRANDED +1 of 1 scenario");
  }

  @Test
  @DisplayName("names that are not known are refused with those that are")
  void unknownNamesAreRefused() {
    assertThat(run(Runtimes.all(), "--runtime", "tokio")).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("'tokio'")
        .contains("holdfast-carrier")
        .contains("canary-hang");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  @DisplayName("scenarios that are not known are refused with those that are")
  void unknownScenariosAreRefused() {
    assertThat(run(Runtimes.all(), "--scenario", "sunrise")).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .contains("'sunrise'")
        .contains("from-inside");
  }

  @Test
  @DisplayName("options that make no sense are refused, with the value")
  void nonsenseIsRefused() {
    assertThat(run(Runtimes.all(), "--rounds", "0")).isEqualTo(2);
    assertThat(run(Runtimes.all(), "--rounds", "1000001")).isEqualTo(2);
    assertThat(run(Runtimes.all(), "--seed", "x")).isEqualTo(2);
    assertThat(run(Runtimes.all(), "--scenario", "idle", "--scenario", "idle")).isEqualTo(2);
    assertThat(
            run(
                Runtimes.all(),
                "--scenario",
                "foreign-holder",
                "--runtime",
                "thread-pool-executor"))
        .isEqualTo(2);
    assertThat(err.toString().lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("--rounds").contains("not 0"),
            line -> assertThat(line).contains("--rounds").contains("1000001"),
            line -> assertThat(line).contains("--seed").contains("'x'"),
            line -> assertThat(line).contains("idle was given twice"),
            line -> assertThat(line).contains("none of the chosen scenarios"));
  }

  @Test
  @DisplayName(
      "--list names every runtime with its version, and every scenario, and audits nothing")
  void theListNamesAll() throws IOException {
    assertThat(run(Runtimes.all(), "--list")).isZero();
    for (RuntimeAdapter runtime : Runtimes.all()) {
      assertThat(out.toString()).contains(runtime.name()).contains(runtime.version());
    }
    for (Scenario scenario : Scenario.values()) {
      assertThat(out.toString()).contains(scenario.id()).contains(scenario.words());
    }
    out.getBuffer().setLength(0);
    assertThat(run(Runtimes.all(), "--list", "--json")).isZero();
    JsonNode list = new ObjectMapper().readTree(out.toString());
    assertThat(list.get("runtimes").size()).isEqualTo(Runtimes.all().size());
    assertThat(list.get("scenarios").size()).isEqualTo(Scenario.values().length);
  }

  @Test
  @DisplayName("a runtime that ends its JVM has a verdict, and its other scenarios are played")
  void aCrashIsAVerdict() throws IOException {
    assertThat(run(List.of(new Breaking.Crashing()), "--rounds", "1", "--json"))
        .as(err.toString())
        .isZero();
    List<JsonNode> rows = rows();
    assertThat(rows)
        .extracting(row -> row.get("scenario").asText(), row -> row.get("verdict").asText())
        .containsExactly(row("idle", "SAFE"), row("busy", "NOT_DESTROYED"), row("parked", "SAFE"));
    assertThat(rows.get(1).get("evidence").get("what").asText())
        .contains("exit code 134")
        .contains("the last words");
  }

  @Test
  @DisplayName("a JVM that says nothing any more is ended, and its stacks are the evidence")
  void silenceIsAVerdict() throws Exception {
    RuntimeAdapter silent = new Breaking.Silent();
    AuditPlan plan =
        new AuditPlan(List.of(silent), List.of(Scenario.IDLE), 1, 1, Duration.ofSeconds(3));
    List<Audited> audited =
        new Auditor(plan, new AuditProgress(new PrintWriter(err, true), 1, false)).audit();
    ScenarioResult result = audited.getFirst().results().getFirst();
    assertThat(result.verdict()).isEqualTo(Verdict.HANG);
    assertThat(result.evidence().orElseThrow().what())
        .contains("said nothing for 3 s")
        .contains("Breaking$Silent.start");
    assertThat(err.toString()).contains("[ 1/1] silent").contains("HANG");
  }

  @Test
  @DisplayName("the JVM of an audit ends when the command does, also if that is killed")
  void anOrphanEnds() throws Exception {
    Process orphan =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                AuditProgram.class.getName(),
                Breaking.Silent.class.getName(),
                "1",
                "1",
                "60000",
                "60000",
                "60000",
                Scenario.IDLE.name())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines = orphan.inputReader()) {
      assertThat(lines.readLine()).contains("IDLE");
      assertThat(orphan.isAlive()).isTrue();
      orphan.getOutputStream().close();
      assertThat(orphan.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(orphan.exitValue()).isEqualTo(3);
    } finally {
      orphan.destroyForcibly();
    }
  }

  @Test
  @DisplayName("a runtime that cannot be made in another JVM has a verdict in each scenario")
  void whatCannotBeMadeIsAVerdict() throws Exception {
    assertThat(run(List.of(new Breaking.Unmakeable()), "--rounds", "1", "--json")).isZero();
    assertThat(rows()).hasSize(3);
    assertThat(rows())
        .allSatisfy(row -> {
          assertThat(row.get("verdict").asText()).isEqualTo("NOT_DESTROYED");
          assertThat(row.get("evidence").get("what").asText()).contains("cannot be made here");
        });
  }

  @Test
  @DisplayName("a runtime of this project that is not safe is named, and the exit code is 1")
  void anUnsafeOneOfOursIsOne() {
    assertThat(run(List.of(new Breaking.OfOurs()), "--rounds", "1")).isEqualTo(1);
    assertThat(err.toString())
        .contains("holdfast doomsday: holdfast-broken is not safe: idle NOT_DESTROYED");
  }

  @Test
  @DisplayName("a canary that is not caught everywhere speaks against the audit")
  void aBlindAuditIsNoticed() {
    Canary canary = Canary.all().getFirst();
    ScenarioResult caught =
        new ScenarioResult(
            canary.name(),
            "",
            Scenario.PARKED,
            1,
            List.of(new Finding(canary.expected(), "found", "stop", 1, Map.of())));
    ScenarioResult missed = new ScenarioResult(canary.name(), "", Scenario.BUSY, 1, List.of());
    assertThat(new Audited(canary, List.of(caught), Duration.ZERO).good()).isTrue();
    assertThat(new Audited(canary, List.of(caught, missed), Duration.ZERO).good()).isFalse();
  }
}
