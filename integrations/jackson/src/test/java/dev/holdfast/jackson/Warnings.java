// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What is logged to Holdfast's logger, kept instead of printed, until closed. */
final class Warnings extends Handler implements AutoCloseable {

  private final Logger logger = Logger.getLogger("dev.holdfast");
  private final boolean passedOn = logger.getUseParentHandlers();
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();

  static Warnings begin() {
    Warnings made = new Warnings();
    made.logger.setUseParentHandlers(false);
    made.logger.addHandler(made);
    return made;
  }

  List<LogRecord> records() {
    return List.copyOf(records);
  }

  @Override
  public void publish(LogRecord record) {
    records.add(record);
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(passedOn);
  }
}
