// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import dev.holdfast.cli.demo.Runner.OnHoldfast;
import dev.holdfast.cli.demo.Runner.Run;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints an outcome for people: the runs side by side, the verdict, the shutdown report. */
final class TableReport {

  private static final List<String> HEAD =
      List.of(
          "runner",
          "files",
          "MB",
          "seconds",
          "MB/s",
          "contexts made",
          "freed",
          "reclaimed by GC",
          "peak buffers KiB");

  private final PrintWriter out;

  TableReport(PrintWriter out) {
    this.out = out;
  }

  void print(Demo.Outcome outcome) {
    Comparison comparison = outcome.comparison();
    out.printf(
        Locale.ROOT,
        "%s: %,d files, %,d bytes, %,d tasks in each runner%n",
        Corpus.printable(outcome.corpus().root().toString()),
        comparison.files(),
        comparison.bytes(),
        outcome.corpus().pieces().size());
    out.printf(
        Locale.ROOT,
        "one runner after the other; a first pass had filled the page cache and warmed up the code%n");
    out.println();
    table(outcome.runs(), outcome.corpus());
    out.println();
    out.printf(
        Locale.ROOT,
        "A context is a SHA-256 digest, a Deflater with native memory, and %,d KiB of off-heap"
            + " buffers.%n",
        DigestContext.BUFFER_BYTES / 1024);
    out.printf(
        Locale.ROOT,
        "Freed: by the program. Reclaimed: left to the garbage collector, and found before the run"
            + " ended.%n");
    for (Run run : outcome.runs()) {
      if (!run.note().isEmpty()) {
        out.printf(Locale.ROOT, "%s: %s.%n", run.name(), run.note());
      }
    }
    out.println();
    verdict(outcome);
    for (Run run : outcome.runs()) {
      OnHoldfast holdfast = run.holdfast();
      if (holdfast != null) {
        holdfast(run, holdfast);
      }
    }
    out.flush();
  }

  private void verdict(Demo.Outcome outcome) {
    Comparison comparison = outcome.comparison();
    int runners = outcome.runs().size();
    String all = runners == 3 ? "All three" : runners == 2 ? "Both" : "All " + runners;
    if (!comparison.agree()) {
      out.printf(
          Locale.ROOT, "The runners disagree on %,d files.%n", comparison.disagreements().size());
    } else if (runners == 1) {
      out.printf(Locale.ROOT, "Only one runner ran, so there is nothing to agree with.%n");
    } else {
      out.printf(Locale.ROOT, "%s agree on every digest and every compressed size.%n", all);
    }
    if (!comparison.unreadable().isEmpty()) {
      out.printf(
          Locale.ROOT,
          "%,d files or directories could not be read.%n",
          comparison.unreadable().size());
    }
  }

  private void holdfast(Run run, OnHoldfast holdfast) {
    out.printf(
        Locale.ROOT,
        "Holdfast, tier %s, %,d workers and %,d spare ones: %,d contexts made, %,d freed, at most %s.%n",
        holdfast.tier(),
        holdfast.workers(),
        holdfast.spares(),
        run.contexts().made(),
        run.contexts().freed(),
        holdfast.boundInWords());
    out.println(holdfast.shutdown());
  }

  private void table(List<Run> runs, Corpus corpus) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEAD);
    for (Run run : runs) {
      rows.add(
          List.of(
              run.name(),
              number(run.files()),
              decimal(run.bytes(corpus) / 1e6),
              decimal(run.took().toNanos() / 1e9),
              decimal(run.megabytesPerSecond(corpus)),
              number(run.contexts().made()),
              number(run.contexts().freed()),
              number(run.contexts().reclaimed()),
              number(run.contexts().peakBufferBytes() / 1024)));
    }
    for (List<String> row : rows) {
      StringBuilder text = new StringBuilder();
      for (int column = 0; column < HEAD.size(); column++) {
        String cell = row.get(column);
        String padding = " ".repeat(width(rows, column) - cell.length());
        text.append(column == 0 ? cell + padding : "  " + padding + cell);
      }
      out.println(text);
    }
  }

  private static int width(List<List<String>> rows, int column) {
    return rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0);
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%,.2f" : "%,.1f", value);
  }
}
