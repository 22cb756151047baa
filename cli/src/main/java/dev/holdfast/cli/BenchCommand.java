// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/**
 * {@code holdfast bench}: stands in the list of commands, and says where the benchmarks are.
 *
 * <p>They are a jar of their own, with the peers that they are measured beside, and the launcher
 * runs that jar: this class is only reached without it.
 */
@Command(
    name = "bench",
    description =
        "Measures Holdfast beside other schedulers; run by ./holdfast of a checkout, which builds"
            + " what it needs.")
final class BenchCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Unmatched private final List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    err.println(
        "holdfast bench: the benchmarks are not in this jar; run "
            + String.join(" ", "./holdfast bench", String.join(" ", arguments)).strip()
            + " in a checkout of Holdfast, which builds them");
    err.flush();
    return CommandLine.ExitCode.USAGE;
  }
}
