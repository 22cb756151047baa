// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.peers;

import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Sampler;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The peers that are programs of their own: each is started when it is first needed, and once.
 *
 * <p>Not for several threads. {@code bench/peers/README.md} has the protocol.
 */
public final class Peers implements AutoCloseable {

  /**
   * The system property that says where {@code bench/peers} is, if it is not beside the classes.
   */
  public static final String DIRECTORY = "holdfast.bench.peers";

  /** The peers that there are programs of. */
  public static final List<String> NAMES = List.of(Contestant.TOKIO, Contestant.GO);

  /** The rows there are, by the names that the programs answer with. */
  private static final List<String> ROWS =
      List.of(
          "spawn_many_local",
          "spawn_many_remote_idle",
          "spawn_many_remote_busy1",
          "spawn_many_remote_busy2",
          "remote_spawn",
          "chained_spawn",
          "ping_pong",
          "yield_many",
          "spawn_blocking",
          "skynet",
          "sleepers",
          "SynchronousQueue",
          "ArrayBlockingQueue(1)",
          "socket_ping_pong");

  /** Go has no threads for blocking calls that jobs could be handed to. */
  private static final String TOKIO_ONLY = "spawn_blocking";

  /** How long an answer may take beyond the time that was asked for: a row may be a slow one. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** The commands of the peers that are built. */
  private final Map<String, List<String>> commands;

  /** Why there are no commands of others. */
  private final Map<String, String> missing;

  private final Duration patience;
  private final Map<String, PeerProcess> started = new HashMap<>();

  Peers(Map<String, List<String>> commands, Map<String, String> missing, Duration patience) {
    this.commands = commands;
    this.missing = missing;
    this.patience = patience;
  }

  /** Says whether a peer has a row, without a look at its program. */
  static boolean has(String peer, String row) {
    return ROWS.contains(row) && !(row.equals(TOKIO_ONLY) && peer.equals(Contestant.GO));
  }

  static List<String> rows() {
    return ROWS;
  }

  /** Returns the line that installs what the peers are built with, for a Debian system. */
  public static String installLine() {
    return "apt-get install --no-install-recommends cargo rustc librust-tokio-dev golang-go";
  }

  /**
   * Builds those that can be built, if they are older than their sources, and returns all.
   *
   * @param progress is told what goes on
   */
  public static Peers build(Consumer<String> progress) throws InterruptedException {
    Optional<Path> directory = directory();
    if (directory.isPresent()) {
      runBuild(directory.get().resolve("build"), progress);
    }
    return built(directory);
  }

  /** Returns those that are built, of the checkout that these classes are in. */
  public static Peers built() {
    return built(directory());
  }

  static Peers built(Optional<Path> directory) {
    Map<String, List<String>> commands = new LinkedHashMap<>();
    Map<String, String> missing = new LinkedHashMap<>();
    for (String name : NAMES) {
      if (directory.isEmpty()) {
        missing.put(name, noSources());
        continue;
      }
      Path sources = directory.get().toAbsolutePath();
      Path program = sources.resolveSibling("target").resolve("peers").resolve(name);
      if (Files.isExecutable(program)) {
        commands.put(name, List.of(program.toString()));
      } else {
        missing.put(name, whyNotBuilt(program, sources));
      }
    }
    return new Peers(commands, missing, PATIENCE);
  }

  private static String noSources() {
    String property = System.getProperty(DIRECTORY);
    return property == null
        ? "its sources, bench/peers of a checkout, are not beside these classes; say where with -D"
            + DIRECTORY
            + "=DIRECTORY"
        : "its sources are not in " + property + ", as -D" + DIRECTORY + " says";
  }

  private static String whyNotBuilt(Path program, Path sources) {
    Path why = program.resolveSibling(program.getFileName() + ".why");
    try {
      if (Files.exists(why)) {
        return "it could not be built: " + Files.readString(why).strip();
      }
    } catch (IOException e) {
      return "it could not be built, and " + why + " cannot be read: " + e;
    }
    return "it is not built: run " + sources.resolve("build");
  }

  private static Optional<Path> directory() {
    String property = System.getProperty(DIRECTORY);
    Optional<Path> directory =
        property != null
            ? Optional.of(Path.of(property))
            : Optional.ofNullable(Peers.class.getProtectionDomain().getCodeSource())
                .flatMap(Peers::besideClasses);
    return directory.filter(path -> Files.isRegularFile(path.resolve("build")));
  }

  /** Both the jar and the directory of the classes are in {@code bench/target}. */
  private static Optional<Path> besideClasses(CodeSource source) {
    try {
      Path target = Path.of(source.getLocation().toURI()).getParent();
      return Optional.ofNullable(target == null ? null : target.resolveSibling("peers"));
    } catch (URISyntaxException e) {
      throw new IllegalStateException("no path to " + source.getLocation(), e);
    }
  }

  private static void runBuild(Path script, Consumer<String> progress) throws InterruptedException {
    progress.accept("building the peers, if they are older than their sources");
    try {
      Process build = new ProcessBuilder(script.toString()).redirectErrorStream(true).start();
      try (BufferedReader said = build.inputReader()) {
        said.lines().forEach(progress);
      }
      int code = build.waitFor();
      if (code != 0) {
        progress.accept(script + " failed with " + code);
      }
    } catch (IOException e) {
      // What is missing says so where it is asked for.
      progress.accept(script + " cannot be run: " + e.getMessage());
    }
  }

  /**
   * Returns what measures a peer at a row, in nanoseconds per operation; nothing if {@link #whyNot}
   * knows why.
   *
   * @param peer one of {@link #NAMES}
   * @param size how many operations one run of the row has
   * @param workers how many threads the peer may run tasks on
   * @param nanos how long it repeats the row for one sample; three times at least
   * @throws IOException if the peer ends, or answers nonsense or nothing
   */
  public Optional<Sampler> sampler(String peer, String row, int size, int workers, long nanos)
      throws IOException, InterruptedException {
    if (whyNot(peer, row).isPresent()) {
      return Optional.empty();
    }
    PeerProcess process = process(peer);
    return Optional.of(() -> process.measure(row, size, workers, nanos));
  }

  /**
   * Returns why a peer cannot be measured at a row; nothing if it can.
   *
   * @throws IOException if the peer ends, or answers nonsense or nothing
   */
  public Optional<String> whyNot(String peer, String row) throws IOException, InterruptedException {
    Optional<String> why = whyMissing(peer);
    if (why.isPresent()) {
      return Optional.of(peer + ": " + why.get());
    }
    return rows(peer).contains(row)
        ? Optional.empty()
        : Optional.of(peer + ": has no counterpart of " + row);
  }

  /** Returns why there is no program of a peer; nothing if there is one. */
  Optional<String> whyMissing(String peer) {
    return Optional.ofNullable(missing.get(peer));
  }

  /** Returns with what a peer was built, if it was built by the script. */
  public Optional<String> version(String peer) throws IOException {
    List<String> command = commands.get(peer);
    if (command == null) {
      return Optional.empty();
    }
    Path built = Path.of(command.getFirst() + ".built");
    return Files.exists(built) ? Optional.of(Files.readString(built).strip()) : Optional.empty();
  }

  List<String> rows(String peer) throws IOException, InterruptedException {
    return process(peer).rows();
  }

  private PeerProcess process(String peer) throws IOException, InterruptedException {
    PeerProcess process = started.get(peer);
    if (process == null) {
      List<String> command = commands.get(peer);
      if (command == null) {
        throw new IllegalArgumentException(
            "there is no peer '"
                + peer
                + "', only "
                + Stream.of(commands, missing).flatMap(m -> m.keySet().stream()).toList());
      }
      process = PeerProcess.start(peer, command, patience);
      started.put(peer, process);
    }
    return process;
  }

  /** Ends the programs that were started, and waits for them. */
  @Override
  public void close() throws IOException {
    for (PeerProcess process : started.values()) {
      process.close();
    }
    started.clear();
  }
}
