// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import dev.holdfast.cli.doctor.Examination.Finding;
import dev.holdfast.cli.doctor.Examination.Tried;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Prints an examination for people. */
final class DoctorText {

  private final PrintWriter out;

  DoctorText(PrintWriter out) {
    this.out = out;
  }

  void print(Examination examination) {
    out.println("JVM:    " + Platform.jvm());
    out.println("vendor: " + Platform.vendor());
    out.println("system: " + Platform.system());
    out.println("home:   " + Platform.home());
    out.println();
    table(examination.starts());
    examination
        .missing()
        .forEach((missing, ways) -> {
          out.println();
          out.println("Missing with " + String.join(", ", ways) + " alone:");
          out.println("  " + missing);
        });
    for (Tried tried : examination.starts()) {
      if (tried.start().untried() != null) {
        out.println();
        out.println("Not tried: " + tried.start().way() + ": " + tried.start().untried() + ".");
      }
    }
    out.println();
    List<String> found = examination.support().internalsFound();
    List<String> absent = examination.support().internalsAbsent();
    out.println("Internals of the JDK, " + found.size() + " found, " + absent.size() + " absent:");
    found.forEach(name -> out.println("  found   " + name));
    absent.forEach(name -> out.println("  ABSENT  " + name));
    out.println();
    out.println(
        "Thread-exit hook in this command's own JVM: "
            + examination.support().threadExitHookMissing().orElse("yes"));
    out.println();
    out.println("Seen of the ends of threads, with the flag:");
    for (Finding finding : examination.findings()) {
      out.println("  " + String.format("%-4s", word(finding.seen())) + finding.sentence());
    }
    out.flush();
  }

  private void table(List<Tried> starts) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("started by", "tier", "thread-exit hook", "opened by"));
    for (Tried tried : starts) {
      String tier = tried.tier();
      String opened = tried.start().opened();
      rows.add(
          List.of(
              tried.start().way(),
              tier != null ? tier : tried.failure() != null ? "FAILED" : "not tried",
              word(tried.hook()),
              opened.isEmpty() ? "nothing" : opened));
    }
    for (List<String> row : rows) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        text.append(row.get(column));
        if (column < row.size() - 1) {
          text.append(" ".repeat(width(rows, column) - row.get(column).length() + 2));
        }
      }
      out.println(text);
    }
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }

  private static String word(@Nullable Boolean answer) {
    return answer == null ? "?" : answer ? "yes" : "no";
  }
}
