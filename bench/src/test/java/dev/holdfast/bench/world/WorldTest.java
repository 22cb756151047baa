// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line;
import dev.holdfast.bench.world.Kit.Document;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;

/** Each row of whole programs can be measured, in miniature, and leaves nothing behind. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WorldTest {

  private static final Duration SHORT = Duration.ofMillis(30);

  @TempDir Path directory;

  /**
   * A command that prints what the demo prints, as far as it is read, of the runner it is given.
   */
  private Path command(String body) throws IOException {
    Path command = Files.writeString(directory.resolve("holdfast"), "#!/bin/sh\n" + body + "\n");
    assertThat(command.toFile().setExecutable(true)).isTrue();
    return command;
  }

  private Path demo() throws IOException {
    return command(
        """
        [ "$1 $2 $3" = "demo --json --runner" ] && [ -d "$5" ] || exit 2
        echo '{"root":"/", "runners":[{"name":"another","millis":1},{"name":"'$4'","millis":42}]}'
        """);
  }

  @Test
  void eachContestantOfEachRowGivesANumber() throws Exception {
    List<String> names = new ArrayList<>();
    List<ProcessHandle> children;
    try (World world = new World(50, SHORT, demo())) {
      for (Line line : world.lines()) {
        names.add(line.name());
        assertThat(line.contestants().getFirst().peer()).isEqualTo(Contestant.HOLDFAST);
        assertThat(line.contestants()).extracting(Contestant::peer).doesNotHaveDuplicates();
        assertThat(line.aims()).extracting(Line.Aim::peer).containsExactly(Contestant.JDK);
        for (Contestant contestant : line.contestants()) {
          for (int i = 0; i < 2; i++) {
            assertThat(contestant.sampler().sample())
                .as("%s, %s", line.name(), contestant.peer())
                .isPositive()
                .isFinite();
          }
        }
      }
      children = ProcessHandle.current().children().filter(WorldTest::isLoad).toList();
      assertThat(children).hasSize(1);
    }
    assertThat(names)
        .containsExactly(
            "http_server",
            "http_server_p99",
            "echo_server_64",
            "echo_server_1000",
            "json",
            "json_bytes",
            "demo");
    assertThat(children).noneMatch(ProcessHandle::isAlive);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("bench-world") || name.equals("echo-acceptor"));
  }

  private static boolean isLoad(ProcessHandle child) {
    return child.info().commandLine().orElse("").contains(LoadGenerator.class.getName());
  }

  @Test
  void withoutACommandThereIsNoRowOfTheDemo() throws Exception {
    try (World world = new World(1, SHORT, null)) {
      assertThat(world.lines()).extracting(Line::name).doesNotContain("demo").contains("json");
    }
  }

  @Test
  void wrongSizesAreRefusedWithTheirValues() {
    assertThatThrownBy(() -> new World(0, SHORT, null))
        .hasMessageContaining("scale must be 1 or more, not 0");
    assertThatThrownBy(() -> new World(1, Duration.ZERO, null)).hasMessageContaining("not PT0S");
    Path missing = directory.resolve("missing");
    assertThatThrownBy(() -> new World(1, SHORT, missing))
        .hasMessageContaining("there is no command '" + missing + "'");
  }

  @Test
  void theFigureOfTheDemoIsThatOfTheRunner() throws Exception {
    List<String> command = List.of(demo().toString());
    assertThat(new DemoRun(command, "platform-pool", directory).millis()).isEqualTo(42);
  }

  @Test
  void aDemoThatFailsIsReportedWithWhatItSaid() throws Exception {
    List<String> command = List.of(command("echo no disk >&2; exit 7").toString());
    assertThatThrownBy(() -> new DemoRun(command, "holdfast", directory).millis())
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("exit code 7", "no disk");
    command("echo '{\"runners\":[{\"name\":\"another\",\"millis\":1}]}'");
    assertThatThrownBy(() -> new DemoRun(command, "holdfast", directory).millis())
        .hasMessageContaining("no millis of the runner 'holdfast'");
    command("echo all is well");
    assertThatThrownBy(() -> new DemoRun(command, "holdfast", directory).millis())
        .hasMessageContaining("not JSON");
  }

  @Test
  void bytesOfVirtualThreadsAreCounted() throws Exception {
    int tasks = 2_000;
    int size = 10_000;
    byte[][] kept = new byte[tasks][];
    Runnable[] bodies = new Runnable[tasks];
    CountDownLatch done = new CountDownLatch(tasks);
    for (int i = 0; i < tasks; i++) {
      int index = i;
      bodies[i] =
          () -> {
            kept[index] = new byte[size];
            done.countDown();
          };
    }
    long bytes =
        JsonRun.allocatedBy(() -> {
          for (Runnable body : bodies) {
            Thread.startVirtualThread(body);
          }
          done.await();
        });
    assertThat(List.of(kept)).allSatisfy(each -> assertThat(each).hasSize(size));
    // An array has a header, and a thread its objects.
    assertThat(bytes / (double) tasks).isBetween((double) size, size + 2_000.0);
  }

  @Test
  void aDocumentThatIsPrintedDifferentlyEndsTheRun() {
    Document document = Document.of("{\"a\":1}".getBytes(UTF_8));
    JsonFactory broken = JsonFactory.builder().rootValueSeparator("!").build();
    new Kit().handle(document, broken);
    Document two = Document.of("1 2".getBytes(UTF_8));
    assertThatThrownBy(() -> new Kit().handle(two, broken))
        .hasMessageContaining("a document of 3 bytes was printed differently");
    Keeping failing =
        new Keeping(JsonRecyclerPools.nonRecyclingPool()) {
          @Override
          void handle(Document each) {
            new Kit().handle(each, broken);
          }
        };
    JsonRun run = new JsonRun(Thread::startVirtualThread, failing, List.of(two), 3);
    assertThatThrownBy(run::bytesPerDocument).hasMessageContaining("printed differently");
  }

  @Test
  void documentsAreTheSameInEachRunAndOfTheirSizes() throws Exception {
    assertThat(Documents.manifest()).isEqualTo(Documents.manifest()).hasSizeBetween(1_500, 3_000);
    assertThat(Documents.answer()).isEqualTo(Documents.answer()).hasSizeBetween(12_000, 20_000);
    assertThat(Documents.places()).isEqualTo(Documents.places()).hasSizeBetween(40_000, 55_000);
    assertThat(Documents.mixed()).hasSize(16);
    for (String text : List.of(Documents.manifest(), Documents.answer(), Documents.places())) {
      int tokens = 0;
      try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
        while (parser.nextToken() != null) {
          tokens++;
        }
      }
      assertThat(tokens).isGreaterThan(80);
    }
  }
}
