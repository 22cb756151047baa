// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Peers are opened only when they are measured, and the notes say who they are or why not. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PeerOutsidersTest {

  @TempDir private Path directory;

  private int opened;

  private PeerOutsiders outsiders(Map<String, List<String>> commands, Map<String, String> missing) {
    return new PeerOutsiders(
        Config.tiny(),
        progress -> {
          opened++;
          progress.accept("building");
          return new Peers(commands, missing, Duration.ofSeconds(50));
        });
  }

  /** Tokio is a fake of a version, and Go is missing. */
  private PeerOutsiders tokio() throws Exception {
    Path program = directory.resolve("tokio");
    Files.writeString(program.resolveSibling("tokio.built"), "Tokio 1, made up\n");
    Files.writeString(
        program,
        "#!/bin/sh\nexec '"
            + Path.of(System.getProperty("java.home"), "bin", "java")
            + "' -cp '"
            + System.getProperty("java.class.path")
            + "' "
            + FakePeer.class.getName()
            + " '"
            + directory.resolve("ended")
            + "'\n");
    assertThat(program.toFile().setExecutable(true)).isTrue();
    return outsiders(
        Map.of(Contestant.TOKIO, List.of(program.toString())),
        Map.of(Contestant.GO, "it could not be built: go is missing"));
  }

  private static Contestant at(PeerOutsiders outsiders, String row) {
    return outsiders.at(row, 10).getFirst();
  }

  @Test
  void theyAreNamedWithoutBeingOpened() throws Exception {
    try (PeerOutsiders outsiders = tokio()) {
      assertThat(outsiders.at("ping_pong", 10))
          .extracting(Contestant::peer)
          .containsExactly(Contestant.TOKIO, Contestant.GO);
      assertThat(outsiders.at("spawn_blocking", 10))
          .extracting(Contestant::peer)
          .containsExactly(Contestant.TOKIO);
      assertThat(outsiders.at("Exchanger", 10)).isEmpty();
      assertThat(outsiders.prepare(Set.of(Contestant.HOLDFAST, Contestant.JDK), _ -> {})).isEmpty();
      assertThat(outsiders.notes()).isEmpty();
    }
    assertThat(opened).isZero();
  }

  @Test
  void whoIsThereIsMeasuredAndWhoIsNotIsOneNoteThatSaysHowToInstallIt() throws Exception {
    List<String> progress = new ArrayList<>();
    try (PeerOutsiders outsiders = tokio()) {
      assertThat(outsiders.prepare(Set.of(Contestant.GO, Contestant.TOKIO), progress::add))
          .containsExactly(Contestant.GO);
      assertThat(outsiders.notes())
          .containsExactly(
              "tokio: Tokio 1, made up",
              "go is not installed, and was not measured: it could not be built: go is missing;"
                  + " ./holdfast bench --install-peers prints what installs it");
      assertThat(at(outsiders, "ping_pong").sampler().sample()).isEqualTo(7);
      assertThat(opened).isEqualTo(1);
      assertThat(progress).containsExactly("building");
      assertThat(directory.resolve("ended")).doesNotExist();
      // The fake has not all of the rows.
      assertThatThrownBy(() -> at(outsiders, "skynet").sampler().sample())
          .hasMessageStartingWith("tokio: has no counterpart of skynet; ");
    }
    assertThat(directory.resolve("ended")).exists();
  }

  @Test
  void onlyWhoIsChosenIsSpokenOf() throws Exception {
    try (PeerOutsiders outsiders = outsiders(Map.of(), Map.of(Contestant.GO, "no go"))) {
      assertThat(outsiders.prepare(Set.of(Contestant.GO), _ -> {})).containsExactly(Contestant.GO);
      assertThat(outsiders.notes()).singleElement().asString().startsWith("go is not installed");
    }
  }

  @Test
  void withoutSourcesBothAreMissing() throws Exception {
    try (PeerOutsiders outsiders =
        new PeerOutsiders(Config.tiny(), _ -> Peers.built(Optional.empty()))) {
      assertThat(outsiders.prepare(Set.copyOf(Peers.NAMES), _ -> {}))
          .containsExactlyElementsOf(Peers.NAMES);
      assertThat(outsiders.notes()).hasSize(2);
    }
  }
}
