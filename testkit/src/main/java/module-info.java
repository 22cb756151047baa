// SPDX-License-Identifier: Apache-2.0
/** Deterministic tests of blocking code on virtual threads, and tests on real runtimes. */
module dev.holdfast.testkit {
  requires transitive dev.holdfast.core;
  // Without it the owner of a monitor is not named.
  requires static jdk.management;
  requires static org.jspecify;
  // For tests that are written with it.
  requires static org.junit.jupiter.api;

  exports dev.holdfast.testkit;
  exports dev.holdfast.testkit.junit;
  exports dev.holdfast.testkit.schedule;

  opens dev.holdfast.testkit.junit to
      org.junit.platform.commons;
}
