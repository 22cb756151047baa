// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import dev.holdfast.bench.access.AccessTable;
import dev.holdfast.bench.schedule.ScheduleTable;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
    name = "bench",
    description = {
      "Measures Holdfast beside its peers, in turn, and prints the ratios.",
      "The tables: access, schedule. Single benchmarks: -cp this jar, org.openjdk.jmh.Main."
    })
public final class Main implements Callable<Integer> {

  private static final List<String> TABLES = List.of(AccessTable.NAME, ScheduleTable.NAME);

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME", arity = "0..*", description = "The tables; default: all.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "7",
      description = "How often everything is measured, 1 to 1000; default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(names = "--help", usageHelp = true, description = "Prints this.")
  @SuppressWarnings("UnusedVariable") // by the parser
  private boolean help;

  @Option(names = "--quick", description = "A few seconds per table, to see that it works.")
  private boolean quick;

  @Option(names = "--json", paramLabel = "FILE", description = "Writes the tables to a file too.")
  private @Nullable Path json;

  private Main() {}

  static CommandLine command() {
    return new CommandLine(new Main());
  }

  /** Runs the command and exits: 0, 1 after a failure, 2 if it was called wrongly. */
  public static void main(String[] args) {
    System.exit(command().execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (rounds < 1 || rounds > 1_000) {
      throw new ParameterException(
          spec.commandLine(), "--rounds must be from 1 to 1000, not " + rounds);
    }
    List<String> chosen = names.isEmpty() ? TABLES : names;
    for (String name : chosen) {
      if (!TABLES.contains(name)) {
        throw new ParameterException(
            spec.commandLine(), "there is no table '" + name + "', only " + TABLES);
      }
    }
    List<Table> tables = new ArrayList<>();
    PrintWriter out = spec.commandLine().getOut();
    for (String name : chosen) {
      Table table = measure(name);
      tables.add(table);
      out.println(table.markdown());
      out.flush();
    }
    if (json != null) {
      Files.writeString(
          json, tables.stream().map(Table::json).collect(Collectors.joining(",\n", "[", "]\n")));
    }
    return CommandLine.ExitCode.OK;
  }

  private Table measure(String name) throws Exception {
    PrintWriter err = spec.commandLine().getErr();
    Consumer<String> progress =
        line -> {
          err.println(name + ": " + line);
          err.flush();
        };
    if (name.equals(AccessTable.NAME)) {
      return quick
          ? new AccessTable(1, 2, 10, progress).run()
          : new AccessTable(rounds, 15, 100, progress).run();
    }
    return quick
        ? new ScheduleTable(1, 10, 0, progress).run()
        : new ScheduleTable(rounds, 1, TimeUnit.MILLISECONDS.toNanos(60), progress).run();
  }
}
