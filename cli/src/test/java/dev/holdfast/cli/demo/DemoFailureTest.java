// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.holdfast.cli.demo.Runner.OnHoldfast;
import dev.holdfast.cli.demo.Runner.Run;
import dev.holdfast.runtime.Tier;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the demo says of files that cannot be read, and of runners that are wrong. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DemoFailureTest {

  @TempDir private Path directory;
  private Path tree;

  @BeforeEach
  void makeTree() throws IOException, InterruptedException {
    tree = TestTree.in(directory);
  }

  @Test
  void filesThatVanishOrShrinkAreReportedCountedAndLeftOut() throws IOException {
    DemoCommand demo =
        new DemoCommand(
            (root, blockSize) -> {
              Corpus corpus = Corpus.list(root, blockSize);
              Files.delete(tree.resolve("one"));
              Files.write(tree.resolve("several blocks"), new byte[TestTree.BLOCK + 5]);
              Files.delete(tree.resolve("block"));
              Files.createSymbolicLink(tree.resolve("block"), tree.resolve("block+1"));
              return corpus;
            },
            DemoFailureTest::real);

    Invocation invocation = Invocation.of(demo, tree, "--json", "--block-size=4096");

    assertThat(invocation.exitCode()).isZero();
    assertThat(invocation.json().get("unreadable").asInt()).isEqualTo(3);
    assertThat(invocation.json().get("files").asInt()).isEqualTo(TestTree.FILES - 3);
    assertThat(invocation.json().get("digestsAgree").asBoolean()).isTrue();
    assertThat(invocation.errLines())
        .hasSize(3)
        .contains("holdfast demo: cannot read one: it is no longer there")
        .anyMatch(line ->
            line.contains("cannot read several blocks: it now ends at byte 4101, before the"))
        .anyMatch(line -> line.startsWith("holdfast demo: cannot read block: "));
  }

  @Test
  void ofManyUnreadableFilesTheFirstFewAreNamedAndAllAreCounted() throws IOException {
    DemoCommand demo =
        new DemoCommand(
            (root, blockSize) -> {
              Corpus corpus = Corpus.list(root, blockSize);
              for (Corpus.SourceFile file : corpus.files()) {
                Files.delete(file.path());
              }
              return corpus;
            },
            DemoFailureTest::real);

    Invocation invocation = Invocation.of(demo, tree);

    assertThat(invocation.exitCode()).isZero();
    assertThat(invocation.errLines())
        .hasSize(6)
        .last()
        .asString()
        .contains((TestTree.FILES - 5) + " more", TestTree.FILES + " in all");
    assertThat(invocation.out())
        .contains(TestTree.FILES + " files or directories could not be read");
  }

  @Test
  void whatCannotBeListedCountsAsUnreadable() throws IOException {
    DemoCommand demo =
        new DemoCommand(
            (root, blockSize) -> {
              Corpus corpus = Corpus.list(root, blockSize);
              return new Corpus(
                  root,
                  corpus.files(),
                  corpus.pieces(),
                  List.of(new Corpus.Unreadable("secret", "access denied")));
            },
            DemoFailureTest::real);

    Invocation invocation = Invocation.of(demo, tree, "--json");

    assertThat(invocation.exitCode()).isZero();
    assertThat(invocation.json().get("unreadable").asInt()).isEqualTo(1);
    assertThat(invocation.errLines())
        .containsExactly("holdfast demo: cannot read secret: access denied");
  }

  @Test
  void aWrongDigestOfOneRunnerIsFoundAndItsFileNamed() throws IOException {
    assertDisagreement(result -> new FileResult.Digested("00", result.compressedBytes()));
  }

  @Test
  void aWrongCompressedSizeOfOneRunnerIsFoundAndItsFileNamed() throws IOException {
    assertDisagreement(
        result -> new FileResult.Digested(result.sha256(), result.compressedBytes() + 1));
  }

  private void assertDisagreement(UnaryOperator<FileResult.Digested> breakIt) throws IOException {
    Supplier<DemoCommand> demo =
        () ->
            new DemoCommand(
                Corpus::list,
                (name, workers, leases) ->
                    name == RunnerName.VIRTUAL_THREADS
                        ? broken(new VirtualThreadRunner(), "two blocks", breakIt)
                        : real(name, workers, leases));

    Invocation json = Invocation.of(demo.get(), tree, "--json");
    assertThat(json.exitCode()).isEqualTo(1);
    assertThat(json.json().get("digestsAgree").asBoolean()).isFalse();
    assertThat(json.json().get("disagreementCount").asInt()).isEqualTo(1);
    JsonNode disagreement = json.json().get("disagreements").get(0);
    assertThat(disagreement.get("file").asText()).isEqualTo("two blocks");
    assertThat(disagreement.get("holdfast")).isEqualTo(disagreement.get("platform-pool"));
    assertThat(disagreement.get("holdfast")).isNotEqualTo(disagreement.get("virtual-threads"));
    assertThat(json.errLines())
        .hasSize(4)
        .first()
        .isEqualTo("holdfast demo: the runners disagree on two blocks");

    Invocation table = Invocation.of(demo.get(), tree);
    assertThat(table.exitCode()).isEqualTo(1);
    assertThat(table.out()).contains("disagree on 1 file").doesNotContain("agree on every");
  }

  @Test
  void aFileThatShrinksBetweenTwoRunsIsUnreadableAndNoDisagreement() throws IOException {
    DemoCommand demo =
        new DemoCommand(
            Corpus::list,
            (name, workers, leases) ->
                before(
                    real(name, workers, leases),
                    () -> Files.write(tree.resolve("block"), ("now " + name).getBytes(UTF_8))));

    Invocation invocation = Invocation.of(demo, tree, "--json");

    assertThat(invocation.exitCode()).isZero();
    assertThat(invocation.json().get("unreadable").asInt()).isEqualTo(1);
    assertThat(invocation.json().get("digestsAgree").asBoolean()).isTrue();
  }

  @Test
  void aFileOfTheSameSizeThatChangesBetweenTwoRunsIsUnreadable() throws IOException {
    Path victim = tree.resolve("one");
    DemoCommand demo =
        new DemoCommand(
            Corpus::list,
            (name, workers, leases) ->
                before(
                    real(name, workers, leases),
                    () -> {
                      Files.write(victim, new byte[] {(byte) name.ordinal()});
                      Files.setLastModifiedTime(victim, FileTime.fromMillis(name.ordinal()));
                    }));

    Invocation invocation = Invocation.of(demo, tree, "--json");

    assertThat(invocation.exitCode()).isZero();
    assertThat(invocation.json().get("unreadable").asInt()).isEqualTo(1);
    assertThat(invocation.errLines())
        .containsExactly("holdfast demo: cannot read one: it was changed meanwhile");
  }

  @Test
  void aRunnerThatFailsIsNamedInOneSentence() {
    DemoCommand demo =
        new DemoCommand(
            Corpus::list,
            (name, workers, leases) ->
                before(
                    real(name, workers, leases),
                    () -> {
                      throw new IllegalStateException("out of luck");
                    }));

    Invocation invocation = Invocation.of(demo, tree, "--json");

    assertThat(invocation.exitCode()).isEqualTo(1);
    assertThat(invocation.out()).isEmpty();
    assertThat(invocation.errLines())
        .singleElement()
        .asString()
        .contains("the runner holdfast failed", "out of luck");
  }

  @Test
  void contextsThatAreNotFreedAreAViolation() throws IOException {
    ContextCount count = new ContextCount();
    DigestContext.owned(count).close();
    try (DigestContext _ = DigestContext.owned(count)) {
      assertThat(violations(count.totals(), 2, terminated(1)))
          .containsExactly("holdfast made 2 contexts and freed 1");
    }
  }

  @Test
  void moreContextsThanTheBoundAreAViolation() {
    assertThat(violations(new ContextCount.Totals(5, 5, 0, 0, 0), 2, terminated(5)))
        .containsExactly(
            "holdfast made 5 contexts, more than the bound of 4 = 2 workers x (1 + 1 leases)");
    assertThat(violations(new ContextCount.Totals(4, 4, 0, 0, 0), 2, terminated(4))).isEmpty();
  }

  @Test
  void aContextFreedTwiceIsAViolation() {
    assertThat(violations(new ContextCount.Totals(1, 1, 0, 1, 0), 1, terminated(1)))
        .containsExactly("holdfast freed 1 contexts twice");
  }

  @Test
  void aReportThatCountsOtherThanTheContextsIsAViolation() {
    assertThat(violations(new ContextCount.Totals(2, 2, 0, 0, 0), 1, terminated(1)))
        .singleElement()
        .asString()
        .contains("reports 1 values destroyed");
  }

  @Test
  void aCloseThatDidNotTerminateIsAViolation() {
    ShutdownReport report =
        new ShutdownReport(
            ShutdownPhase.CANCELLING,
            Duration.ofSeconds(1),
            1,
            0,
            List.of(),
            List.of(),
            List.of(),
            new ShutdownReport.Counts(1, 0, 0, 0),
            ShutdownReport.Unlisted.NONE);
    assertThat(violations(new ContextCount.Totals(1, 1, 0, 0, 0), 1, report))
        .singleElement()
        .asString()
        .contains("did not terminate", "CANCELLING");
  }

  @Test
  void aDestructorThatFailedIsAViolation() {
    ShutdownReport report =
        new ShutdownReport(
            ShutdownPhase.TERMINATED,
            Duration.ofSeconds(1),
            1,
            1,
            List.of(
                new ShutdownReport.Failure(
                    ShutdownReport.Kind.DESTRUCTOR, "x", "y", new IllegalStateException("boom"))),
            List.of(),
            List.of(),
            new ShutdownReport.Counts(0, 0, 0, 0),
            ShutdownReport.Unlisted.NONE);
    assertThat(violations(new ContextCount.Totals(1, 1, 0, 0, 0), 1, report))
        .singleElement()
        .asString()
        .contains("1 failures", "boom");
  }

  private static List<String> violations(
      ContextCount.Totals contexts, int workers, ShutdownReport report) {
    return Demo.violations(
        new Run(
            "holdfast",
            Duration.ofMillis(1),
            contexts,
            List.of(),
            "",
            new OnHoldfast(Tier.CARRIER, workers, 0, 1, report)));
  }

  private static ShutdownReport terminated(long destroyed) {
    return new ShutdownReport(
        ShutdownPhase.TERMINATED,
        Duration.ofMillis(1),
        destroyed,
        destroyed,
        List.of(),
        List.of(),
        List.of(),
        new ShutdownReport.Counts(0, 0, 0, 0),
        ShutdownReport.Unlisted.NONE);
  }

  private static Runner real(RunnerName name, int workers, int leases) {
    return switch (name) {
      case HOLDFAST -> new HoldfastRunner(workers, leases);
      case VIRTUAL_THREADS -> new VirtualThreadRunner();
      case PLATFORM_POOL -> new PlatformRunner(workers);
    };
  }

  private interface Action {
    void run() throws IOException;
  }

  private static Runner before(Runner runner, Action action) {
    return new Runner() {
      @Override
      public String name() {
        return runner.name();
      }

      @Override
      public Run run(Corpus corpus, Progress progress)
          throws ExecutionException, InterruptedException {
        try {
          action.run();
        } catch (IOException e) {
          throw new AssertionError(e);
        }
        return runner.run(corpus, progress);
      }
    };
  }

  private static Runner broken(
      Runner runner, String file, UnaryOperator<FileResult.Digested> breakIt) {
    return new Runner() {
      @Override
      public String name() {
        return runner.name();
      }

      @Override
      public Run run(Corpus corpus, Progress progress)
          throws ExecutionException, InterruptedException {
        Run run = runner.run(corpus, progress);
        List<FileResult> results = new ArrayList<>(run.results());
        for (int i = 0; i < results.size(); i++) {
          if (corpus.files().get(i).name().equals(file)
              && results.get(i) instanceof FileResult.Digested result) {
            results.set(i, breakIt.apply(result));
          }
        }
        return run.withResults(results);
      }
    };
  }
}
