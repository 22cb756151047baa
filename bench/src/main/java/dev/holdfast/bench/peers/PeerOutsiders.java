// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.peers;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Outsiders;
import dev.holdfast.bench.Sampler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The peers as contestants of a table: they are built and started only if they are measured. */
public final class PeerOutsiders implements Outsiders {

  /** Finds or builds them. */
  @FunctionalInterface
  interface Opener {
    Peers open(Consumer<String> progress) throws InterruptedException;
  }

  private final Config config;
  private final Opener opener;
  private final List<String> notes = new ArrayList<>();
  private @Nullable Peers opened;

  /** Names them; nothing is built or started yet. */
  public PeerOutsiders(Config config) {
    this(config, Peers::build);
  }

  PeerOutsiders(Config config, Opener opener) {
    this.config = config;
    this.opener = opener;
  }

  @Override
  public List<Contestant> at(String row, int size) {
    return Peers.NAMES.stream()
        .filter(peer -> Peers.has(peer, row))
        .map(peer -> new Contestant(peer, sampler(peer, row, size)))
        .toList();
  }

  private Sampler sampler(String peer, String row, int size) {
    int workers = Runtime.getRuntime().availableProcessors();
    return () -> {
      Peers peers = opened;
      if (peers == null) {
        throw new IllegalStateException(peer + " is measured at " + row + " before it is prepared");
      }
      Optional<Sampler> sampler = peers.sampler(peer, row, size, workers, config.sampleNanos());
      if (sampler.isEmpty()) {
        throw new IllegalStateException(
            peers.whyNot(peer, row).orElse(peer)
                + "; it is older than its sources, or is not ours");
      }
      return sampler.get().sample();
    };
  }

  @Override
  public Set<String> prepare(Set<String> peers, Consumer<String> progress)
      throws IOException, InterruptedException {
    List<String> chosen = Peers.NAMES.stream().filter(peers::contains).toList();
    if (chosen.isEmpty()) {
      return Set.of();
    }
    Peers found = opener.open(progress);
    opened = found;
    Set<String> missing = new LinkedHashSet<>();
    for (String peer : chosen) {
      Optional<String> why = found.whyMissing(peer);
      if (why.isPresent()) {
        missing.add(peer);
        notes.add(
            peer
                + " is not installed, and was not measured: "
                + why.get()
                + "; ./holdfast bench --install-peers prints what installs it");
      } else {
        notes.add(peer + ": " + found.version(peer).orElse("of an unknown version"));
      }
    }
    return missing;
  }

  @Override
  public List<String> notes() {
    return List.copyOf(notes);
  }

  @Override
  public void close() {
    Peers peers = opened;
    opened = null;
    if (peers != null) {
      try {
        peers.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
