// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DemoCommandTest {

  @TempDir private Path directory;
  private Path tree;

  @BeforeEach
  void makeTree() throws IOException, InterruptedException {
    tree = TestTree.in(directory);
  }

  @Test
  void threeRunnersAgreeOnEveryDigestOfATree() throws IOException {
    Invocation invocation = demo(tree, "--json", "--block-size", TestTree.BLOCK);

    assertThat(invocation.err()).isEmpty();
    assertThat(invocation.exitCode()).isZero();
    JsonNode json = invocation.json();
    assertThat(json.get("files").asInt()).isEqualTo(TestTree.FILES);
    assertThat(json.get("bytes").asLong()).isEqualTo(bytes(tree));
    assertThat(json.get("unreadable").asInt()).isZero();
    assertThat(json.get("digestsAgree").asBoolean()).isTrue();
    assertThat(json.get("disagreements")).isEmpty();
    assertThat(json.get("violations")).isEmpty();
    assertThat(names(json)).containsExactly("holdfast", "virtual-threads", "platform-pool");
    for (JsonNode runner : json.get("runners")) {
      assertThat(runner.get("millis").isIntegralNumber()).isTrue();
      assertThat(runner.get("contextsMade").asLong()).isPositive();
      assertThat(runner.get("peakBufferBytes").asLong())
          .isPositive()
          .isLessThanOrEqualTo(runner.get("contextsMade").asLong() * DigestContext.BUFFER_BYTES);
    }
  }

  @Test
  void holdfastFreesExactlyTheContextsItMadeAndSaysHowItClosed() throws IOException {
    JsonNode holdfast =
        demo(tree, "--json", "--runner", "holdfast", "--workers", 3, "--block-size", "4K")
            .json()
            .get("runners")
            .get(0);

    long made = holdfast.get("contextsMade").asLong();
    assertThat(made).isPositive().isLessThanOrEqualTo(3 * (1 + 1));
    assertThat(holdfast.get("contextsFreed").asLong()).isEqualTo(made);
    assertThat(holdfast.get("contextsReclaimed").asLong()).isZero();
    assertThat(holdfast.get("tier").asText()).isEqualTo("CARRIER");
    assertThat(holdfast.get("workers").asInt()).isEqualTo(3);
    assertThat(holdfast.get("leases").asInt()).isEqualTo(1);
    JsonNode shutdown = holdfast.get("shutdown");
    assertThat(shutdown.get("phase").asText()).isEqualTo("TERMINATED");
    assertThat(shutdown.get("made").asLong()).isEqualTo(made);
    assertThat(shutdown.get("destroyed").asLong()).isEqualTo(made);
    assertThat(shutdown.get("failures")).isEmpty();
    assertThat(shutdown.get("holders")).isEmpty();
    assertThat(shutdown.get("tookMillis").isIntegralNumber()).isTrue();
  }

  @Test
  void threadLocalsMakeAContextForEachTaskOnVirtualThreadsAndForEachThreadOfAPool()
      throws IOException {
    JsonNode json =
        demo(
                tree,
                "--json",
                "--runner=platform-pool",
                "--runner=virtual-threads",
                "--workers=2",
                "--block-size=4096")
            .json();

    assertThat(names(json)).containsExactly("platform-pool", "virtual-threads");
    JsonNode pool = json.get("runners").get(0);
    assertThat(pool.get("contextsMade").asLong()).isBetween(1L, 2L);
    assertThat(pool.get("contextsFreed").asLong()).isZero();
    assertThat(pool.has("shutdown")).isFalse();
    JsonNode virtual = json.get("runners").get(1);
    assertThat(virtual.get("contextsMade").asLong()).isEqualTo(json.get("tasks").asLong());
    assertThat(virtual.get("contextsFreed").asLong()).isZero();
  }

  @Test
  void theTableShowsTheRunsSideBySideThenTheVerdictThenTheShutdownReport() {
    Invocation invocation = demo(tree, "--workers", 2);

    assertThat(invocation.exitCode()).isZero();
    assertThat(invocation.err()).isEmpty();
    assertThat(invocation.out())
        .doesNotContain("\r", "[#", "[ ")
        .containsSubsequence(
            TestTree.FILES + " files",
            "contexts made",
            "\nholdfast ",
            "\nvirtual-threads ",
            "\nplatform-pool ",
            "at most 256 tasks in flight",
            "All three agree on every digest",
            "at most 4 = 2 workers x (1 + 1 leases)",
            "shutdown TERMINATED");
  }

  @Test
  void oneRunnerAloneClaimsNoAgreement() {
    assertThat(demo(tree, "--runner", "platform-pool").out())
        .contains("Only one runner ran")
        .doesNotContain("agree on");
  }

  @Test
  void withoutADirectoryTheHomeOfTheRunningJdkIsRead() throws IOException {
    List<Path> roots = new ArrayList<>();
    DemoCommand demo =
        new DemoCommand(
            (root, blockSize) -> {
              roots.add(root);
              return Corpus.list(tree, blockSize);
            },
            (name, workers, leases) -> new PlatformRunner(workers));

    assertThat(Invocation.of(demo, "--json", "--runner=platform-pool").exitCode()).isZero();
    assertThat(roots).containsExactly(Path.of(System.getProperty("java.home")));
  }

  @Test
  void aDirectoryMayBeNamedThroughASymbolicLink() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link"), tree);
    assertThat(demo(link, "--json").json().get("files").asInt()).isEqualTo(TestTree.FILES);
  }

  @Test
  void aMissingDirectoryIsNamedInOneSentence() {
    assertRefused(demo(directory.resolve("nothing")), "there is no directory '" + directory);
  }

  @Test
  void aFileInPlaceOfADirectoryIsNamedInOneSentence() {
    assertRefused(demo(tree.resolve("one")), "tree/one' is not a directory");
  }

  @Test
  void aDirectoryWithoutRegularFilesIsNamedInOneSentence() throws IOException {
    Path empty = Files.createDirectories(directory.resolve("empty/inner"));
    Files.createSymbolicLink(empty.resolve("link"), tree.resolve("one"));
    assertRefused(demo(empty.getParent()), "there is no regular file under '");
  }

  @ParameterizedTest
  @CsvSource({
    "--workers, 0, --workers must be from 1 to 1024",
    "--workers, 1025, --workers must be from 1 to 1024",
    "--workers, many, many",
    "--leases, 0, --leases must be from 1 to 65536",
    "--leases, -1, --leases must be from 1 to 65536",
    "--block-size, 4095, --block-size must be from 4096 to 1073741824",
    "--block-size, 2G, --block-size must be from 4096 to 1073741824",
    "--block-size, 8MB, is not a number of bytes",
    "--block-size, 99999999999999999999, is not a number of bytes",
    "--block-size, 999999999999G, --block-size",
    "--runner, tokio, 'holdfast, virtual-threads or platform-pool'",
    "--runner, HOLDFAST, not 'HOLDFAST'",
    "--nope, x, --nope"
  })
  void aBadOptionIsNamedInOneSentence(String option, String value, String complaint) {
    assertRefused(demo(tree, option, value), complaint);
  }

  @Test
  void aRunnerGivenTwiceIsRefused() {
    assertRefused(
        demo(tree, "--runner", "holdfast", "--runner", "holdfast"), "holdfast was given twice");
  }

  @Test
  void twoDirectoriesAreRefused() {
    assertRefused(demo(tree, directory), directory.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--workers", "--leases", "--block-size", "--runner", "--json", "[DIR]"})
  void theHelpNamesEveryOption(String option) {
    Invocation help = demo("--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).startsWith("Usage: holdfast demo ").contains(option, "Exit code:");
    assertThat(help.err()).isEmpty();
  }

  private static void assertRefused(Invocation invocation, String complaint) {
    assertThat(invocation.exitCode()).isEqualTo(2);
    assertThat(invocation.errLines())
        .singleElement()
        .asString()
        .startsWith("holdfast demo: ")
        .contains(complaint);
    assertThat(invocation.out()).isEmpty();
  }

  private static Invocation demo(Object... args) {
    return Invocation.of(new DemoCommand(), args);
  }

  private static List<String> names(JsonNode json) {
    List<String> names = new ArrayList<>();
    json.get("runners").forEach(runner -> names.add(runner.get("name").asText()));
    return names;
  }

  private static long bytes(Path root) throws IOException {
    long bytes = 0;
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : (Iterable<Path>) paths::iterator) {
        bytes += Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Files.size(path) : 0;
      }
    }
    return bytes;
  }
}
