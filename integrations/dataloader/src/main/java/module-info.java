// SPDX-License-Identifier: Apache-2.0
/** Loads of java-dataloader that are dispatched by the workers of a Holdfast runtime. */
module dev.holdfast.dataloader {
  requires transitive dev.holdfast.core;
  requires transitive org.dataloader;
  requires static org.jspecify;

  exports dev.holdfast.dataloader;
}
