// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What of the tables is measured.
 *
 * @param rows parts of names of rows; none for all rows
 * @param peers who is measured beside Holdfast; none for all but the owned tier
 */
record Selection(List<String> rows, List<String> peers) {

  /** Returns the chosen rows of a table with their chosen contestants. */
  List<Line> of(Suite suite) {
    return suite.lines().stream()
        .filter(line -> rows.isEmpty() || rows.stream().anyMatch(part -> isPart(part, line)))
        .map(line ->
            line.withContestants(line.contestants().stream().filter(c -> takes(c.peer())).toList()))
        .toList();
  }

  private boolean takes(String peer) {
    if (peer.equals(Contestant.HOLDFAST) || Contestant.isFloor(peer)) {
      return true;
    }
    if (peers.isEmpty()) {
      return !peer.equals(Contestant.OWNED);
    }
    return peers.stream().anyMatch(peer::equalsIgnoreCase);
  }

  /**
   * Finds what is chosen but not there.
   *
   * @return a sentence, empty if there is nothing wrong
   */
  String missing(List<Suite> suites) {
    List<Line> lines = suites.stream().flatMap(suite -> suite.lines().stream()).toList();
    for (String part : rows) {
      if (lines.stream().noneMatch(line -> isPart(part, line))) {
        return "there is no row with '"
            + part
            + "' in its name; the rows are: "
            + lines.stream().map(Line::name).collect(Collectors.joining("; "));
      }
    }
    Set<String> known = peers(lines);
    for (String peer : peers) {
      if (known.stream().noneMatch(peer::equalsIgnoreCase)) {
        return "there is no peer '"
            + peer
            + "' in "
            + suites.stream().map(Suite::name).collect(Collectors.joining(", "))
            + "; the peers are: "
            + String.join(", ", known);
      }
    }
    return "";
  }

  /** Returns who is measured in some rows. */
  static Set<String> peers(List<Line> lines) {
    return lines.stream()
        .flatMap(line -> line.contestants().stream())
        .map(Contestant::peer)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static boolean isPart(String part, Line line) {
    return line.name().toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
  }
}
