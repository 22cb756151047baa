// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The result of one command: its rows, and what they say together.
 *
 * @param name the name the command is given
 * @param about what was measured and how, one sentence
 * @param rows the lines
 * @param notes what is to be known about them
 */
public record Table(String name, String about, List<Row> rows, List<String> notes) {

  /** Returns the table as Markdown, which is also readable on a terminal. */
  public String markdown() {
    String lines = rows.stream().map(Row::markdown).collect(Collectors.joining("\n"));
    String remarks = notes.stream().map(note -> "\n- " + note).collect(Collectors.joining());
    return "## "
        + name
        + "\n\n"
        + about
        + "\n\n| row | against | ours, ns | theirs, ns | ratio | aim | reached | B/op |\n"
        + "|---|---|---|---|---|---|---|---|\n"
        + lines
        + "\n"
        + remarks
        + (notes.isEmpty() ? "" : "\n");
  }

  /** Returns the table as one JSON object. */
  public String json() {
    return "{\"table\":\""
        + name
        + "\",\"rows\":["
        + rows.stream().map(Row::json).collect(Collectors.joining(","))
        + "]}";
  }
}
