// SPDX-License-Identifier: Apache-2.0
/** Deterministic tests of blocking code on virtual threads, and tests on real runtimes. */
module dev.holdfast.testkit {
  requires transitive dev.holdfast.core;
  requires static org.jspecify;

  exports dev.holdfast.testkit;
  exports dev.holdfast.testkit.schedule;
}
