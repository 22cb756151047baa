// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import picocli.CommandLine.Command;

/** {@code holdfast verify}: the checkers, with the tools that they run. */
@Command(
    name = "verify",
    description =
        "Runs the checkers of Holdfast and of what is broken on purpose; run by ./holdfast of a"
            + " checkout, which builds what it needs.")
final class VerifyCommand extends ApartCommand {

  VerifyCommand() {
    super("checkers");
  }
}
