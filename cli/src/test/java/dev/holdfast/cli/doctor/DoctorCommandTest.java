// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.holdfast.cli.Main;
import dev.holdfast.cli.doctor.Launcher.Told;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What {@code holdfast doctor} finds out in real JVMs, and what it says of those that fail. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class DoctorCommandTest {

  private static final Installation HERE = Installation.ofThisCommand();
  private static final String FLAG = "--add-opens java.base/java.lang=";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(DoctorCommand doctor, String... options) {
    CommandLine command = Main.commandLine(doctor);
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    String[] words = new String[options.length + 1];
    words[0] = "doctor";
    System.arraycopy(options, 0, words, 1, options.length);
    return command.execute(words);
  }

  /** JVMs that tell what those with the flag tell, for ways that need not be real. */
  private static Told good(List<String> words) {
    return words.getLast().equals(DaemonProbe.class.getName())
        ? new Told(Map.of("returned", "true"), null)
        : new Told(
            Map.of(
                "tier", "CARRIER",
                "hook", "true",
                "joinWaits", "true",
                "lastMadeFirst", "true",
                "threadWhole", "true",
                "threadStarts", "true",
                "classLoads", "true",
                "collectorRuns", "true",
                "hookIsRegistered", "true"),
            null);
  }

  @Test
  void eachWayOfStartIsTriedInAJvmOfItsOwn() throws IOException {
    assertThat(run(new DoctorCommand(), "--json", "--timeout", "60")).as(err.toString()).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("jvm").asText()).contains(System.getProperty("java.runtime.version"));
    assertThat(json.get("vendor").asText()).isEqualTo(System.getProperty("java.vendor"));
    // A build that stops before `package` has the classes of core, not its jar.
    String agent = HERE.hasJar() ? "CARRIER" : "null";
    assertThat(json.get("starts"))
        .extracting(
            start -> start.get("way").asText(),
            start -> start.get("opened").asText(),
            start -> start.get("tier").asText())
        .containsExactly(
            tuple("-jar", "", "OWNED"),
            tuple("-jar", "Add-Opens: java.base/java.lang in the manifest", "CARRIER"),
            tuple(
                "-jar",
                "Launcher-Agent-Class: dev.holdfast.agent.OpeningAgent in the manifest",
                "CARRIER"),
            tuple("-cp", "", "OWNED"),
            tuple("-cp", FLAG + "ALL-UNNAMED", "CARRIER"),
            tuple("module path", "", "OWNED"),
            tuple("module path", FLAG + "dev.holdfast.core", "CARRIER"),
            tuple("-javaagent, -cp", "-javaagent:holdfast-core.jar", agent),
            tuple("-javaagent, module path", "-javaagent:holdfast-core.jar", agent));
    for (JsonNode start : json.get("starts")) {
      boolean carrier = start.get("tier").asText().equals("CARRIER");
      boolean tried = start.get("notTried").isNull();
      assertThat(tried).isEqualTo(HERE.hasJar() || !start.get("way").asText().contains("agent"));
      if (tried) {
        assertThat(start.get("threadExitHook").asBoolean()).isEqualTo(carrier);
        assertThat(start.get("missing").isNull()).isEqualTo(carrier);
      }
    }
    assertThat(json.get("starts").get(5).get("missing").asText())
        .contains("'" + FLAG + "dev.holdfast.core'");
    assertThat(json.get("internalsFound")).isNotEmpty();
    assertThat(json.get("internalsAbsent")).isEmpty();
    assertThat(json.get("findings"))
        .extracting(
            finding -> finding.get("name").asText(), finding -> finding.get("seen").asText())
        .containsExactly(
            tuple("joinWaits", "true"),
            tuple("lastMadeFirst", "true"),
            tuple("threadWhole", "true"),
            tuple("threadStarts", "true"),
            tuple("classLoads", "true"),
            tuple("collectorRuns", "true"),
            tuple("hookIsRegistered", "true"),
            tuple("mainBeforeHooks", "true"),
            tuple("endedDaemons", "true"),
            tuple("runningDaemons", "false"));
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void theTextNamesTheFlagAndWhatWasFound() {
    Launcher plain =
        words ->
            words.getFirst().equals("-p")
                ? new Told(
                    Map.of("tier", "OWNED", "hook", "false", "missing", "add the flag 'X'"), null)
                : good(words);
    assertThat(run(new DoctorCommand(HERE, timeout -> plain))).as(err.toString()).isZero();
    assertThat(out.toString().lines())
        .anyMatch(line -> line.matches("module path +OWNED +no +nothing"))
        .anyMatch(line -> line.matches("-cp +CARRIER +yes +\\Q" + FLAG + "ALL-UNNAMED\\E"))
        .containsSequence("Missing with module path alone:", "  add the flag 'X'")
        .contains("  found   java.lang.VirtualThread.carrierThread")
        .anyMatch(line -> line.matches(" +yes +Thread.join returns after .*"))
        .anyMatch(line -> line.matches(" +no +values of a daemon thread that runs .*"));
  }

  @Test
  void aWayThatCannotBeTriedSaysWhy(@TempDir Path classes) throws IOException {
    Installation unpackaged = new Installation(classes, HERE.cli());
    assertThat(run(new DoctorCommand(unpackaged, timeout -> DoctorCommandTest::good))).isZero();
    assertThat(out.toString())
        .containsPattern("-javaagent, -cp +not tried +\\? ")
        .contains("an agent has to be a jar, and Holdfast is in the directory " + classes);
    assertThat(Files.list(classes)).isEmpty();
  }

  @Test
  void aJvmThatFailsIsReportedAndIsTheExitCode() {
    Launcher launcher =
        words -> words.getFirst().equals("-p") ? new Told(Map.of(), "it broke") : good(words);
    assertThat(run(new DoctorCommand(HERE, timeout -> launcher))).isOne();
    assertThat(err.toString().lines()).containsExactly("holdfast doctor: module path: it broke");
    assertThat(out.toString()).containsPattern("module path +FAILED +\\? +nothing");
  }

  @Test
  void aProbeThatTellsNothingIsNoTier() {
    Launcher mute = words -> new Told(Map.of(), null);
    assertThat(run(new DoctorCommand(HERE, timeout -> mute))).isOne();
    assertThat(err.toString())
        .contains("-cp: the JVM ended without a word of its tier")
        .contains("'Thread.join returns after the thread's destructors': the JVM ended without");
  }

  @Test
  void whenNoJvmCanBeStartedThatIsSaid() {
    Launcher none =
        words -> {
          throw new IOException("no memory");
        };
    assertThat(run(new DoctorCommand(HERE, timeout -> none), "--json")).isOne();
    assertThat(err.toString()).contains("-cp: no JVM could be started: no memory");
    assertThat(out.toString()).contains("\"good\" : false");
  }

  /** A program that never ends. */
  static final class Endless {
    public static void main(String[] arguments) throws InterruptedException {
      new CountDownLatch(1).await();
    }
  }

  /** A program that fails. */
  static final class Failing {
    public static void main(String[] arguments) {
      System.err.println("cannot");
      System.exit(3);
    }
  }

  @Test
  void aJvmThatHangsIsEndedAtItsDeadline() throws Exception {
    String path = System.getProperty("java.class.path");
    Told told =
        new ChildJvm(Duration.ofSeconds(1)).launch(List.of("-cp", path, Endless.class.getName()));
    assertThat(told.failure()).isEqualTo("the JVM was still running after 1 s");
    assertThat(ProcessHandle.current().children())
        .noneMatch(child -> child.info().commandLine().orElse("").contains("Endless"));
  }

  @Test
  void aJvmThatEndsBadlySaysHow() throws Exception {
    String path = System.getProperty("java.class.path");
    Told told =
        new ChildJvm(Duration.ofSeconds(60)).launch(List.of("-cp", path, Failing.class.getName()));
    assertThat(told.failure()).isEqualTo("the JVM ended with exit code 3, after cannot");
  }

  @Test
  void aTimeoutOutOfRangeIsRefused() {
    assertThat(run(new DoctorCommand(), "--timeout", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("--timeout must be from 1 to 600, not 0");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void helpSaysWhatItDoes() {
    assertThat(run(new DoctorCommand(), "--help")).isZero();
    assertThat(out.toString()).startsWith("Usage: holdfast doctor ").contains("--json");
  }
}
