// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import dev.holdfast.doomsday.Verdict;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.stream.Collectors;

/** Says of each runtime that it has been audited, on a line of its own, as it happens. */
final class AuditProgress {

  private final PrintWriter err;
  private final boolean silent;
  private final int all;

  // Guarded by this.
  private int done;

  AuditProgress(PrintWriter err, int all, boolean silent) {
    this.err = err;
    this.all = all;
    this.silent = silent;
  }

  /** Says what is going to be done. */
  synchronized void begin(int rounds) {
    if (!silent) {
      err.println(
          "auditing "
              + (all == 1 ? "1 runtime" : all + " runtimes")
              + ", a line for each as it is done; up to "
              + (rounds == 1 ? "1 round" : rounds + " rounds")
              + " of each scenario");
      err.flush();
    }
  }

  /** Called by the thread that has audited it. */
  synchronized void done(Audited audited) {
    done++;
    if (silent) {
      return;
    }
    String found =
        audited.safe()
            ? "SAFE"
            : audited.faults().stream().map(Verdict::name).collect(Collectors.joining(", "));
    err.println(
        String.format(
            Locale.ROOT,
            "[%2d/%d] %-32s %2d scenarios %5.1f s  %s",
            done,
            all,
            audited.runtime().name(),
            audited.results().size(),
            audited.took().toMillis() / 1000.0,
            found));
    err.flush();
  }
}
