// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import dev.holdfast.bench.peers.Peers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command that measures: one table for each name it is given. */
@Command(
    name = "holdfast bench",
    description = {
      "Measures Holdfast beside its peers, in turn and in one session, and prints the ratios.",
      "Exit code 0: it was measured, whatever was reached. 1: something could not be measured. 2:"
          + " the command was called wrongly."
    },
    footer = {
      "",
      "--list names the tables, rows and peers. The machine should do nothing else meanwhile.",
      "Single benchmarks of the access table: -cp benchmarks.jar org.openjdk.jmh.Main -l"
    })
public final class Main implements Callable<Integer> {

  private static final int ROUNDS = 7;
  private static final int QUICK_ROUNDS = 3;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME", arity = "0..*", description = "The tables; default: all.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      description =
          "How often everything is measured, 1 to 1000; default: "
              + ROUNDS
              + ", with --quick "
              + QUICK_ROUNDS
              + ".")
  private @Nullable Integer rounds;

  @Option(names = "--help", usageHelp = true, description = "Prints this.")
  @SuppressWarnings("UnusedVariable") // by the parser
  private boolean help;

  @Option(
      names = "--quick",
      description =
          "Smaller rows and fewer rounds: all but access and jackson in under five minutes.")
  private boolean quick;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Writes every sample to a file too, after each table.")
  private @Nullable Path json;

  @Option(
      names = "--plots",
      paramLabel = "DIR",
      description =
          "Draws schedule and growth into a directory too: ratios.svg, tasks.svg, workers.svg.")
  private @Nullable Path plots;

  @Option(
      names = "--row",
      paramLabel = "NAME",
      description = "Only rows whose name contains this; may be repeated.")
  private List<String> rows = new ArrayList<>();

  @Option(
      names = "--peer",
      paramLabel = "NAME",
      description =
          "Only this peer beside Holdfast and the floors; may be repeated. Default: all but "
              + Contestant.OWNED
              + ".")
  private List<String> peers = new ArrayList<>();

  @Option(names = "--list", description = "Prints tables, rows and peers, and measures nothing.")
  private boolean list;

  @Option(
      names = "--install-peers",
      description = "Prints the line that installs what Tokio and Go are built with, no more.")
  private boolean installPeers;

  private final List<Tables.Entry> tables;
  private final @Nullable Config config;

  private Main(List<Tables.Entry> tables, @Nullable Config config) {
    this.tables = tables;
    this.config = config;
  }

  static CommandLine command() {
    return command(Tables.ALL, null);
  }

  /**
   * The command over some tables.
   *
   * @param config how much is measured; null for what the options say
   */
  static CommandLine command(List<Tables.Entry> tables, @Nullable Config config) {
    return new CommandLine(new Main(tables, config))
        .setParameterExceptionHandler(Main::refuse)
        .setExecutionExceptionHandler(Main::failed);
  }

  /** Runs the command and exits: 0, 1 after a failure, 2 if it was called wrongly. */
  public static void main(String[] args) {
    System.exit(command().execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (installPeers) {
      spec.commandLine().getOut().println(Peers.installLine());
      spec.commandLine().getOut().flush();
      return CommandLine.ExitCode.OK;
    }
    int count = Objects.requireNonNullElse(rounds, quick ? QUICK_ROUNDS : ROUNDS);
    if (count < 1 || count > 1_000) {
      throw wrong("--rounds must be from 1 to 1000, not " + count);
    }
    Path file = json;
    if (file != null) {
      Path directory = file.toAbsolutePath().normalize().getParent();
      if (directory == null || !Files.isDirectory(directory) || Files.isDirectory(file)) {
        throw wrong("--json must name a file in a directory that exists, not " + file);
      }
    }
    Path pictures = plots;
    if (pictures != null
        && !(Files.isDirectory(pictures) && Files.isWritable(pictures))
        && !canBeMade(pictures)) {
      throw wrong("--plots must name a directory that can be written to or made, not " + pictures);
    }
    Config how = config != null ? config : quick ? Config.quick() : Config.full();
    List<Suite> suites = new ArrayList<>();
    try {
      for (Tables.Entry entry : chosen()) {
        suites.add(entry.open().apply(how));
      }
      Selection selection = new Selection(rows, peers);
      String missing = selection.missing(suites);
      if (!missing.isEmpty()) {
        throw wrong(missing);
      }
      if (list) {
        suites.forEach(suite -> list(suite, selection));
      } else {
        measure(suites, selection, count);
      }
    } finally {
      suites.forEach(Suite::close);
    }
    return CommandLine.ExitCode.OK;
  }

  /** A directory of its own is made, but not those above it: they may be misspelt. */
  private static boolean canBeMade(Path directory) {
    Path above = directory.toAbsolutePath().normalize().getParent();
    return Files.notExists(directory) && above != null && Files.isWritable(above);
  }

  private List<Tables.Entry> chosen() {
    for (String name : names) {
      if (tables.stream().noneMatch(entry -> entry.name().equals(name))) {
        throw wrong(
            "there is no table '"
                + name
                + "'; the tables are: "
                + tables.stream().map(Tables.Entry::name).collect(Collectors.joining(", ")));
      }
    }
    return tables.stream()
        .filter(entry ->
            names.isEmpty() ? list || !quick || entry.quick() : names.contains(entry.name()))
        .toList();
  }

  private void list(Suite suite, Selection selection) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(suite.name() + ": " + suite.about());
    for (Line line : selection.of(suite)) {
      out.println(
          "  "
              + line.name()
              + ", "
              + line.unit()
              + ": "
              + String.join(", ", Selection.peers(List.of(line))));
    }
    out.flush();
  }

  private void measure(List<Suite> suites, Selection selection, int count) throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (plots != null) {
      Files.createDirectories(plots);
    }
    List<Result> results = new ArrayList<>();
    for (Suite suite : suites) {
      List<Line> all = selection.of(suite);
      if (all.isEmpty()) {
        continue;
      }
      Set<String> missing =
          suite.prepare(
              Selection.peers(all),
              said -> {
                err.println(suite.name() + ": " + said);
                err.flush();
              });
      List<Line> lines = all.stream().map(line -> line.without(missing)).toList();
      Progress progress = new Progress(suite.name(), err, System::nanoTime);
      Result result = new Session(suite, lines, count, progress).run();
      results.add(result);
      out.println(Markdown.of(result));
      out.flush();
      keep(results, count);
    }
  }

  /** Writes what there is so far: a later table that fails takes nothing away. */
  private void keep(List<Result> results, int count) throws IOException {
    if (json != null) {
      List<String> measured = results.stream().map(Result::name).toList();
      Files.writeString(
          json, Json.of(new Json.Options(measured, count, quick, rows, peers), results));
    }
    if (plots != null) {
      for (Map.Entry<String, String> picture : Pictures.of(results).entrySet()) {
        Files.writeString(plots.resolve(picture.getKey()), picture.getValue());
      }
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** One sentence that names what was wrong, and where help is found. */
  private static int refuse(ParameterException failure, String[] args) {
    PrintWriter err = failure.getCommandLine().getErr();
    err.println(
        "holdfast bench: " + failure.getMessage() + " (see: holdfast bench --help, or --list)");
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }

  private static int failed(
      Exception failure, CommandLine command, CommandLine.ParseResult result) {
    PrintWriter err = command.getErr();
    if (failure instanceof MeasurementException && failure.getCause() != null) {
      failure.getCause().printStackTrace(err);
    }
    err.println(
        "holdfast bench: "
            + (failure instanceof MeasurementException ? failure.getMessage() : failure));
    err.flush();
    return CommandLine.ExitCode.SOFTWARE;
  }
}
