// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import picocli.CommandLine.Command;

/** {@code holdfast example}: small programs, with the libraries that they use. */
@Command(
    name = "example",
    description =
        "Runs one of the examples, or lists them; run by ./holdfast of a checkout, which builds what"
            + " it needs.")
final class ExampleCommand extends ApartCommand {

  ExampleCommand() {
    super("examples");
  }
}
