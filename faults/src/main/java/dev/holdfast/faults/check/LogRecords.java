// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.check;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What is logged by Holdfast while a check runs; kept instead of printed, or thrown at. */
final class LogRecords extends Handler implements AutoCloseable {

  // Kept, for a logger may be collected.
  private static final Logger LOG = Logger.getLogger("dev.holdfast");

  private final Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();

  // Set by the check, called by who logs: volatile.
  private volatile Runnable onRecord = () -> {};

  /** Begins to keep what is logged. */
  LogRecords() {
    LOG.setUseParentHandlers(false);
    LOG.addHandler(this);
  }

  /** Has something done for each record, which may throw. */
  void onRecord(Runnable action) {
    onRecord = action;
  }

  /** Says whether a failure was logged. */
  boolean has(Throwable failure) {
    return thrown.stream().anyMatch(each -> each == failure);
  }

  @Override
  public void publish(LogRecord entry) {
    Throwable failure = entry.getThrown();
    if (failure != null) {
      thrown.add(failure);
    }
    onRecord.run();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    LOG.removeHandler(this);
    LOG.setUseParentHandlers(true);
  }
}
