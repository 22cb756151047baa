// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A bar on a terminal, redrawn in place by a thread of its own and wiped at the end of each pass.
 *
 * <p>{@link #begin} and {@link #end} are called by one thread, in turn.
 */
final class ProgressBar implements Progress {

  private static final Duration REDRAW = Duration.ofMillis(100);
  private static final int WIDTH = 30;

  private final PrintWriter terminal;
  private final LongAdder done = new LongAdder();

  // Written and read by the thread that calls begin and end.
  private @Nullable Thread painter;

  ProgressBar(PrintWriter terminal) {
    this.terminal = terminal;
  }

  @Override
  public void begin(String what, long bytes) {
    done.reset();
    painter = Thread.ofPlatform().daemon().name("progress bar").start(() -> paint(what, bytes));
  }

  @Override
  public void advance(long bytes) {
    done.add(bytes);
  }

  @Override
  public void end() {
    Thread ending = painter;
    if (ending == null) {
      return;
    }
    painter = null;
    ending.interrupt();
    boolean interrupted = false;
    while (ending.isAlive()) {
      try {
        ending.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void paint(String what, long bytes) {
    int drawn = 0;
    try {
      while (true) {
        String line = line(what, done.sum(), bytes);
        terminal.print("\r" + line);
        terminal.flush();
        drawn = line.length();
        Thread.sleep(REDRAW);
      }
    } catch (InterruptedException e) {
      terminal.print("\r" + " ".repeat(drawn) + "\r");
      terminal.flush();
    }
  }

  /** Draws a bar of constant width. */
  static String line(String what, long done, long bytes) {
    double share = bytes == 0 ? 1 : Math.clamp((double) done / bytes, 0, 1);
    int filled = (int) (share * WIDTH);
    return String.format(
        Locale.ROOT,
        "%-16s [%s%s] %3d %%",
        what,
        "#".repeat(filled),
        " ".repeat(WIDTH - filled),
        (int) (share * 100));
  }
}
