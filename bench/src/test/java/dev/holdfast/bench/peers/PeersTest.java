// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.bench.Contestant;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * A peer's answers become numbers, and whatever it does wrong is told with its name, the row and
 * its stderr.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PeersTest {

  private static final List<String> NAMES = Peers.NAMES;
  private static final Duration LONG = Duration.ofSeconds(50);

  @TempDir private Path directory;

  private Path ended() {
    return directory.resolve("ended");
  }

  private Peers fake(Duration patience) {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            FakePeer.class.getName(),
            ended().toString());
    return new Peers(Map.of("fake", command), Map.of("other", "it is not built"), patience);
  }

  private static double sample(Peers peers, String row) throws Exception {
    return peers.sampler("fake", row, 12, 3, 45).orElseThrow().sample();
  }

  @Test
  void aResultIsTheNumberAndTheProgramEndsWhenItIsClosed() throws Exception {
    try (Peers peers = fake(LONG)) {
      assertThat(sample(peers, "echo")).isEqualTo(12345.5);
      assertThat(sample(peers, "echo")).isEqualTo(12345.5);
      assertThat(peers.whyNot("fake", "echo")).isEmpty();
      assertThat(ended()).doesNotExist();
    }
    assertThat(ended()).exists();
  }

  @Test
  void aRowOrAPeerThatIsNotThereSaysWhy() throws Exception {
    try (Peers peers = fake(LONG)) {
      assertThat(peers.sampler("fake", "none", 1, 1, 1)).isEmpty();
      assertThat(peers.whyNot("fake", "none")).contains("fake: has no counterpart of none");
      assertThat(peers.sampler("other", "echo", 1, 1, 1)).isEmpty();
      assertThat(peers.whyNot("other", "echo")).contains("other: it is not built");
      assertThatThrownBy(() -> peers.sampler("third", "echo", 1, 1, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("there is no peer 'third', only [fake, other]");
    }
  }

  @Test
  void aFailureIsToldAndTheProgramGoesOn() throws Exception {
    try (Peers peers = fake(LONG)) {
      assertThatThrownBy(() -> sample(peers, "failing"))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "fake, asked for failing, answered 'FAILED no room for failing 12 3 45'; it wrote"
                  + " nothing to stderr");
      assertThat(sample(peers, "echo")).isEqualTo(12345.5);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dying | ended with exit code 7; its stderr: the reason of the death",
        "nonsense | answered 'RESULT fast' instead of RESULT and a time; it wrote nothing to stderr",
        "zero | answered 'RESULT 0' instead of RESULT and a time; it wrote nothing to stderr",
      })
  void whatBreaksTheProtocolIsToldAndIsTheEnd(String row, String what) throws Exception {
    try (Peers peers = fake(LONG)) {
      assertThatThrownBy(() -> sample(peers, row))
          .isInstanceOf(IOException.class)
          .hasMessage("fake, asked for " + row + ", " + what);
      String gone = "is gone: it " + what;
      assertThatThrownBy(() -> sample(peers, "echo"))
          .isInstanceOf(IOException.class)
          .hasMessage("fake, asked for echo, " + gone);
    }
  }

  @Test
  void aSecondAnswerIsNotTakenForTheNext() throws Exception {
    try (Peers peers = fake(LONG)) {
      assertThat(sample(peers, "twice")).isEqualTo(1);
      // Both came by one write, but they are read one by one.
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 1_000; i++) {
                  assertThat(sample(peers, "echo")).isIn(2.0, 12345.5);
                }
              })
          .isInstanceOf(IOException.class)
          .hasMessageContaining("unasked");
    }
  }

  @Test
  void oneThatSaysNothingIsNotWaitedForForever() throws Exception {
    try (Peers peers = fake(Duration.ofMillis(20))) {
      assertThatThrownBy(() -> sample(peers, "nothing"))
          .isInstanceOf(IOException.class)
          .hasMessage(
              "fake, asked for nothing, gave no answer in 20 ms; it wrote nothing to stderr");
    }
    assertThat(ended()).as("it was ended, not asked to end").doesNotExist();
  }

  @Test
  void aProgramThatCannotBeStartedIsNamed() throws Exception {
    String none = directory.resolve("none").toString();
    try (Peers peers = new Peers(Map.of("fake", List.of(none)), Map.of(), LONG)) {
      assertThatThrownBy(() -> peers.sampler("fake", "echo", 1, 1, 1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(none);
    }
  }

  @Test
  void withoutSourcesOrProgramsThereIsAReason() throws Exception {
    try (Peers peers = Peers.built(Optional.empty())) {
      assertThat(peers.whyNot(Contestant.GO, "ping_pong").orElseThrow())
          .startsWith("go: its sources, bench/peers of a checkout, are not beside")
          .contains("-Dholdfast.bench.peers=");
    }
    Path sources = directory.resolve("peers");
    try (Peers peers = Peers.built(Optional.of(sources))) {
      assertThat(peers.whyNot(Contestant.GO, "ping_pong"))
          .contains("go: it is not built: run " + sources.resolve("build"));
    }
    Path why = directory.resolve("target/peers/go.why");
    Files.createDirectories(why.getParent());
    Files.writeString(why, "go is missing\n");
    try (Peers peers = Peers.built(Optional.of(sources))) {
      assertThat(peers.whyNot(Contestant.GO, "ping_pong"))
          .contains("go: it could not be built: go is missing");
    }
  }

  @ParameterizedTest
  @FieldSource("NAMES")
  void eachRowOfAPeerThatIsBuiltGivesATime(String peer) throws Exception {
    try (Peers peers = Peers.built()) {
      Optional<String> why = peers.whyNot(peer, "ping_pong");
      Assumptions.assumeTrue(why.isEmpty(), why.orElse(""));
      List<String> expected = peers.rows(peer);
      assertThat(expected).contains("ping_pong", "socket_ping_pong").doesNotHaveDuplicates();
      assertThat(expected).allMatch(row -> Peers.has(peer, row));
      assertThat(Peers.rows()).filteredOn(row -> Peers.has(peer, row)).hasSameSizeAs(expected);
      for (String row : expected) {
        for (int workers = 1; workers <= 2; workers++) {
          double time = peers.sampler(peer, row, 23, workers, 0).orElseThrow().sample();
          assertThat(time).as("%s with %d workers", row, workers).isPositive();
        }
      }
      assertThatThrownBy(() -> peers.sampler(peer, "skynet", 0, 2, 0).orElseThrow().sample())
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(
              peer + ", asked for skynet, answered 'FAILED SIZE must be a number from 1 on");
      assertThat(peers.version(peer)).isPresent();
    }
  }
}
