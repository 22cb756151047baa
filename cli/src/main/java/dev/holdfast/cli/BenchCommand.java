// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import picocli.CommandLine.Command;

/** {@code holdfast bench}: the benchmarks, with the peers that they are measured beside. */
@Command(
    name = "bench",
    description =
        "Measures Holdfast beside other schedulers; run by ./holdfast of a checkout, which builds"
            + " what it needs.")
final class BenchCommand extends ApartCommand {

  BenchCommand() {
    super("benchmarks");
  }
}
