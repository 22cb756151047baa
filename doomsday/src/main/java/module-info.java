// SPDX-License-Identifier: Apache-2.0
/** An auditor of runtimes: what becomes of the values of their threads when they end. */
module dev.holdfast.doomsday {
  requires dev.holdfast.core;
  requires static org.jspecify;
  // For tests that are written with it.
  requires static org.junit.jupiter.api;

  exports dev.holdfast.doomsday;
  exports dev.holdfast.doomsday.canary;
  exports dev.holdfast.doomsday.junit;

  opens dev.holdfast.doomsday.junit to
      org.junit.platform.commons;
}
