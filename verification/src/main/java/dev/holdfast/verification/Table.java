// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the checkers say, as a table in Markdown.
 *
 * @param rows its rows
 */
record Table(List<Row> rows) {

  private static final List<String> HEAD =
      List.of("checker", "what", "looked at", "took", "findings", "canaries caught");

  void print(PrintWriter out) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(HEAD);
    rows.forEach(row -> lines.add(cells(row)));
    int[] widths = new int[HEAD.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    for (int i = 0; i < lines.size(); i++) {
      out.println(line(lines.get(i), widths, " "));
      if (i == 0) {
        out.println(line(HEAD.stream().map(_ -> "").toList(), widths, "-"));
      }
    }
    out.flush();
  }

  private static List<String> cells(Row row) {
    return List.of(
        row.checker(),
        row.what(),
        String.format(Locale.ROOT, "%,d %s", row.count(), row.unit()),
        String.format(Locale.ROOT, "%.1f s", row.took().toMillis() / 1000.0),
        row.findings().isEmpty() ? "none" : Integer.toString(row.findings().size()),
        row.caught() + " of " + row.canaries());
  }

  private static String line(List<String> cells, int[] widths, String filler) {
    StringBuilder text = new StringBuilder("|");
    for (int i = 0; i < widths.length; i++) {
      String cell = cells.get(i);
      text.append(filler).append(cell).append(filler.repeat(widths[i] - cell.length()));
      text.append(filler).append('|');
    }
    return text.toString();
  }
}
