// SPDX-License-Identifier: Apache-2.0
/** An executor for virtual threads whose workers own values. */
@SuppressWarnings("module") // who is exported to is compiled later
module dev.holdfast.core {
  // For -javaagent and Launcher-Agent-Class, which bring it themselves.
  requires static java.instrument;
  // Without it a worker in a native call is told from one that computes after a second only.
  requires static java.management;
  requires static org.jspecify;

  exports dev.holdfast.agent to
      java.instrument;
  exports dev.holdfast.batch;
  exports dev.holdfast.local;
  exports dev.holdfast.memory;
  exports dev.holdfast.runtime;
  exports dev.holdfast.shutdown;
  // What the simulated runtime is made of: the seam below the runtime, and what stands on it.
  exports dev.holdfast.jdk to
      dev.holdfast.testkit;
  exports dev.holdfast.scheduler to
      dev.holdfast.testkit;
  exports dev.holdfast.slot to
      dev.holdfast.testkit;
}
