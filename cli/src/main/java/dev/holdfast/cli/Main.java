// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import dev.holdfast.cli.demo.DemoCommand;
import dev.holdfast.cli.doctor.DoctorCommand;
import dev.holdfast.cli.doomsday.DoomsdayCommand;
import java.io.PrintWriter;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code holdfast} command: parses the line and hands over to a subcommand. */
@Command(
    name = "holdfast",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Runs virtual threads on workers that own values.",
    synopsisSubcommandLabel = "COMMAND",
    exitCodeOnInvalidInput = CommandLine.ExitCode.USAGE,
    scope = CommandLine.ScopeType.INHERIT)
public final class Main implements Runnable {

  @Spec private CommandSpec spec;

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /**
   * The command with all its subcommands, writing to the standard streams unless told otherwise.
   */
  static CommandLine commandLine() {
    return commandLine(
        new DemoCommand(),
        new DoctorCommand(),
        new DoomsdayCommand(),
        new BenchCommand(),
        new ExampleCommand(),
        new VerifyCommand());
  }

  /** The command with these subcommands. */
  public static CommandLine commandLine(Object... subcommands) {
    CommandLine line = new CommandLine(new Main());
    for (Object subcommand : subcommands) {
      line.addSubcommand(subcommand);
    }
    return line.setParameterExceptionHandler(Main::refuse);
  }

  /** Called when no subcommand is named. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command was given");
  }

  /** One sentence that names what was wrong, and where help is found. */
  private static int refuse(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    err.println(name + ": " + failure.getMessage() + " (see: " + name + " --help)");
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }

  /** The version in the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"holdfast " + Objects.requireNonNullElse(version, "(unpackaged)")};
    }
  }
}
