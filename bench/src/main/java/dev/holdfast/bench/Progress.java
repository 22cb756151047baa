// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Says now and then what is being measured, and how long the rest of the table will take. */
final class Progress {

  private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final String table;
  private final PrintWriter to;
  private final LongSupplier clock;

  /** How long each contestant took at each row the last time. */
  private final Map<String, Long> durations = new HashMap<>();

  private long perRound;
  private long left;
  private long began;
  private long said;

  Progress(String table, PrintWriter to, LongSupplier clock) {
    this.table = table;
    this.to = to;
    this.clock = clock;
  }

  void begin(List<Line> lines, int rounds) {
    perRound = lines.stream().mapToLong(line -> line.contestants().size()).sum();
    left = perRound * rounds;
    said = clock.getAsLong() - EVERY_NANOS;
  }

  void next(String when, Line line, Contestant contestant) {
    began = clock.getAsLong();
    if (began - said >= EVERY_NANOS) {
      said = began;
      to.println(table + ": " + when + ", " + line.name() + ", " + contestant.peer() + estimate());
      to.flush();
    }
  }

  void done(Line line, Contestant contestant) {
    left--;
    durations.put(line.name() + "\n" + contestant.peer(), clock.getAsLong() - began);
  }

  /** As soon as every second contestant was measured once. */
  private String estimate() {
    int known = durations.size();
    if (known == 0 || 2L * known < perRound) {
      return "";
    }
    long sum = durations.values().stream().mapToLong(Long::longValue).sum();
    return "; about " + (TimeUnit.NANOSECONDS.toSeconds(sum * left / known) + 1) + " s left";
  }
}
