// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

/** The command that runs the checkers and prints one table of what they say. */
@Command(
    name = "holdfast verify",
    description = {
      "Runs the checkers of Holdfast, and of what is broken on purpose, the canaries: a checker that"
          + " does not catch these is blind. Prints one table.",
      "Exit code 0: nothing was found, every canary was caught, and every checker checked something."
          + " 1: not so. 2: the command was called wrongly."
    })
public final class Main implements Callable<Integer> {

  private final List<Checker> known;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "NAME",
      arity = "0..*",
      description = "The checkers; --list names them. Default: all.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--long",
      description = "The long forms: more of everything, minutes to hours for each checker.")
  private boolean longer;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Writes the table to a file too, as JSON.")
  private @Nullable Path json;

  @Option(names = "--list", description = "Lists the checkers, and runs none.")
  private boolean list;

  @Option(names = "--help", usageHelp = true, description = "Prints this.")
  @SuppressWarnings("UnusedVariable") // by the parser
  private boolean help;

  /** The command as it is used. */
  public Main() {
    this(Checkers.all());
  }

  Main(List<Checker> known) {
    this.known = known;
  }

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(commandLine(new Main()).execute(args));
  }

  static CommandLine commandLine(Main main) {
    return new CommandLine(main).setParameterExceptionHandler(Main::refuse);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    List<Checker> chosen = chosen();
    if (list) {
      chosen.forEach(each -> out.printf("%-10s %s%n", each.name(), each.about()));
      out.flush();
      return 0;
    }
    Path report = json == null ? null : writable(json);
    Length length = longer ? Length.LONG : Length.SHORT;
    List<Row> rows = new ArrayList<>();
    boolean good = true;
    for (Checker each : chosen) {
      List<Row> found = each.check(length, what -> tell(err, each.name() + ": " + what));
      if (found.isEmpty()) {
        tell(err, spec.qualifiedName() + ": " + each.name() + " has checked nothing");
        good = false;
      }
      rows.addAll(found);
    }
    new Table(rows).print(out);
    if (report != null) {
      Files.writeString(report, Json.of(length, rows));
    }
    for (Row row : rows) {
      if (!row.isGood()) {
        good = false;
        tell(err, spec.qualifiedName() + ": " + complaint(row));
      }
    }
    return good ? 0 : 1;
  }

  private List<Checker> chosen() {
    for (String name : names) {
      if (known.stream().noneMatch(each -> each.name().equals(name))) {
        throw refused(
            "there is no checker '"
                + name
                + "'; there are: "
                + known.stream().map(Checker::name).collect(Collectors.joining(", ")));
      }
    }
    return known.stream().filter(each -> names.isEmpty() || names.contains(each.name())).toList();
  }

  /** Makes sure before minutes have passed that the report can be written. */
  private Path writable(Path file) {
    try {
      return Files.writeString(file, "");
    } catch (IOException e) {
      throw refused("cannot write to " + file + ": " + e);
    }
  }

  private static String complaint(Row row) {
    StringBuilder text = new StringBuilder(row.checker() + ", " + row.what() + ": ");
    if (row.count() == 0) {
      text.append("checked nothing; ");
    }
    if (row.caught() != row.canaries() || row.canaries() == 0) {
      text.append("caught ").append(row.caught()).append(" of ").append(row.canaries());
      text.append(" canaries; ");
    }
    text.append("findings: ").append(row.findings().size());
    row.findings().forEach(each -> text.append('\n').append(each.indent(2).stripTrailing()));
    return text.toString();
  }

  private static void tell(PrintWriter err, String what) {
    err.println(what);
    err.flush();
  }

  private ParameterException refused(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }

  private static int refuse(ParameterException failure, String[] args) {
    PrintWriter err = failure.getCommandLine().getErr();
    String name = failure.getCommandLine().getCommandSpec().qualifiedName();
    tell(err, name + ": " + failure.getMessage() + " (see: " + name + " --help)");
    return CommandLine.ExitCode.USAGE;
  }
}
