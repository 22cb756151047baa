// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What is logged under one name from warnings on, kept instead of printed, until closed. */
public final class LogRecords extends Handler implements AutoCloseable {

  private final Logger logger;
  private final boolean passedOn;
  // Written by whoever logs.
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();

  private LogRecords(Logger logger) {
    this.logger = logger;
    this.passedOn = logger.getUseParentHandlers();
  }

  /** Begins to keep what is logged. */
  public static LogRecords of(String name) {
    LogRecords records = new LogRecords(Logger.getLogger(name));
    records.setLevel(Level.WARNING);
    records.logger.setUseParentHandlers(false);
    records.logger.addHandler(records);
    return records;
  }

  /** Returns each message, with what was thrown. */
  public List<String> messages() {
    return records.stream()
        .map(each -> each.getMessage() + (each.getThrown() == null ? "" : ": " + each.getThrown()))
        .toList();
  }

  @Override
  public void publish(LogRecord record) {
    if (isLoggable(record)) {
      records.add(record);
    }
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(passedOn);
  }
}
