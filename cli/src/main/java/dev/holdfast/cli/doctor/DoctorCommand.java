// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code holdfast doctor}: says which tier this JDK offers, and what is missing for a better one.
 */
@Command(
    name = "doctor",
    description = {
      "Says which tier this JDK offers to a program, by the way it is started, what is missing for"
          + " the carrier tier, which internals of the JDK were found, and what was seen of the"
          + " ends of threads.",
      "All of it is tried: about a dozen short-lived JVMs of the JDK that runs this command are"
          + " started, without the variables JDK_JAVA_OPTIONS and JAVA_TOOL_OPTIONS.",
      "Exit code 0: a tier works in each way that could be tried. 1: in one it does not. 2: the"
          + " command was called wrongly."
    })
public final class DoctorCommand implements Callable<Integer> {

  private final Installation here;
  private final Function<Duration, Launcher> launchers;

  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Print one JSON object instead of the text.")
  private boolean json;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description =
          "How long each JVM may take, 1 to 600. One that takes longer is ended and reported."
              + " Default: ${DEFAULT-VALUE}.")
  private int timeout;

  /** The command as it is used. */
  public DoctorCommand() {
    this(Installation.ofThisCommand(), ChildJvm::new);
  }

  DoctorCommand(Installation here, Function<Duration, Launcher> launchers) {
    this.here = here;
    this.launchers = launchers;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (timeout < 1 || timeout > 600) {
      throw new ParameterException(
          spec.commandLine(), "--timeout must be from 1 to 600, not " + timeout);
    }
    Launcher launcher = launchers.apply(Duration.ofSeconds(timeout));
    Examination examination = new Examiner(here, launcher).examine();
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      new DoctorJson(out).print(examination);
    } else {
      new DoctorText(out).print(examination);
    }
    for (Examination.Tried tried : examination.starts()) {
      complain(tried.start().way() + " " + tried.start().opened(), tried.failure());
    }
    for (Examination.Finding finding : examination.findings()) {
      complain("'" + finding.sentence() + "'", finding.failure());
    }
    return examination.good() ? 0 : 1;
  }

  private void complain(String what, @Nullable String failure) {
    if (failure != null) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(spec.qualifiedName() + ": " + what.strip() + ": " + failure);
      err.flush();
    }
  }
}
