// SPDX-License-Identifier: Apache-2.0
/** An executor for virtual threads whose workers own values. */
module dev.holdfast.core {
  requires static transitive org.jspecify;

  exports dev.holdfast.local;
  exports dev.holdfast.runtime;
  exports dev.holdfast.shutdown;
}
