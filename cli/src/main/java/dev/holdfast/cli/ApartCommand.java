// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/**
 * A command that is a jar of its own, with much that the others do not need: stands in the list of
 * commands, and says where it is.
 *
 * <p>The launcher runs that jar: this class is only reached without it.
 */
abstract sealed class ApartCommand implements Callable<Integer>
    permits BenchCommand, ExampleCommand, VerifyCommand {

  private final String what;

  @Spec private CommandSpec spec;

  @Unmatched private final List<String> arguments = new ArrayList<>();

  /**
   * Makes one.
   *
   * @param what what is not here, in the plural
   */
  ApartCommand(String what) {
    this.what = what;
  }

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    String name = spec.name();
    err.println(
        "holdfast "
            + name
            + ": the "
            + what
            + " are not in this jar; run "
            + String.join(" ", "./holdfast " + name, String.join(" ", arguments)).strip()
            + " in a checkout of Holdfast, which builds them");
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }
}
