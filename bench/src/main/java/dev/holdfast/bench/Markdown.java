// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A measured table as Markdown, which is also readable on a terminal. */
final class Markdown {

  private static final List<String> HEAD =
      List.of("row", "who", "median (min-max)", "ratio", "aim", "reached");

  private Markdown() {}

  static String of(Result result) {
    StringBuilder text = new StringBuilder(1_000);
    text.append("## ").append(result.name()).append("\n\n").append(result.about()).append("\n\n");
    List<List<String>> cells = new ArrayList<>();
    result.rows().forEach(row -> cells.addAll(cells(row)));
    result.together().forEach(together -> cells.add(cells(together)));
    text.append(table(cells));
    Set<String> notes = new LinkedHashSet<>();
    Map<String, Set<String>> ofRows = new LinkedHashMap<>();
    for (Result.Row row : result.rows()) {
      for (String note : row.notes()) {
        ofRows.computeIfAbsent(note, n -> new LinkedHashSet<>()).add("`" + row.line().name() + "`");
      }
    }
    ofRows.forEach((note, rows) -> notes.add(String.join(", ", rows) + ": " + note));
    notes.addAll(result.notes());
    if (!notes.isEmpty()) {
      text.append('\n');
      notes.forEach(note -> text.append("- ").append(note).append('\n'));
    }
    return text.toString();
  }

  /** One line for each contestant, which has what is aimed at beside it; bold who is best. */
  private static List<List<String>> cells(Result.Row row) {
    List<List<String>> cells = new ArrayList<>();
    String name = "`" + row.line().name() + "`, " + row.line().unit();
    Result.Outcome ours = row.of(Contestant.HOLDFAST);
    for (Result.Outcome outcome : row.outcomes()) {
      String who =
          row.best().contains(outcome.peer())
              ? "**" + outcome.peer() + "**" + (row.best().size() > 1 ? " even" : "")
              : outcome.peer();
      boolean own = outcome.peer().equals(Contestant.HOLDFAST);
      List<Result.Verdict> verdicts =
          row.verdicts().stream()
              .filter(verdict ->
                  own ? verdict.aim().peer() == null : outcome.peer().equals(verdict.aim().peer()))
              .toList();
      if (verdicts.isEmpty()) {
        cells.add(List.of(name, who, outcome.spread().text(), ratio(own, ours, outcome), "", ""));
      }
      for (Result.Verdict verdict : verdicts) {
        cells.add(
            List.of(
                name,
                who,
                outcome.spread().text(),
                own ? "" : verdict.spread().text(),
                verdict.aim().text(),
                verdict.reached() ? "yes" : "**no**"));
      }
      name = "";
    }
    return cells;
  }

  /** Theirs by ours, where nothing is aimed at. */
  private static String ratio(boolean own, Result.@Nullable Outcome ours, Result.Outcome theirs) {
    if (theirs.starved()) {
      return "starved";
    }
    return own || ours == null ? "" : theirs.by(ours).text();
  }

  private static List<String> cells(Result.Together together) {
    boolean absolute = together.across().kind() == Line.Aim.Kind.AT_MOST;
    String numbers = together.spread().text();
    return List.of(
        together.across().name(),
        "",
        absolute ? numbers : "",
        absolute ? "" : numbers,
        together.across().kind().text(together.across().bound()),
        together.reached() ? "yes" : "**no**");
  }

  private static String table(List<List<String>> rows) {
    int[] widths = new int[HEAD.size()];
    for (int i = 0; i < widths.length; i++) {
      int column = i;
      widths[i] =
          Math.max(
              HEAD.get(i).length(),
              rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0));
    }
    StringBuilder rule = new StringBuilder("|");
    for (int width : widths) {
      rule.append("-".repeat(width + 2)).append('|');
    }
    return line(HEAD, widths)
        + rule
        + "\n"
        + rows.stream().map(row -> line(row, widths)).collect(Collectors.joining());
  }

  private static String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder("|");
    for (int i = 0; i < widths.length; i++) {
      String cell = cells.get(i);
      line.append(' ').append(cell).append(" ".repeat(widths[i] - cell.length())).append(" |");
    }
    return line.append('\n').toString();
  }
}
