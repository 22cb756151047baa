// SPDX-License-Identifier: Apache-2.0
/** Pools of Jackson's buffers that belong to the workers of a Holdfast runtime. */
module dev.holdfast.jackson {
  requires dev.holdfast.core;
  // Whoever uses one of the two pools brings its Jackson, and requires it; the other need not be
  // there.
  requires static com.fasterxml.jackson.core;
  requires static tools.jackson.core;
  requires static org.jspecify;

  exports dev.holdfast.jackson;
  exports dev.holdfast.jackson2;
  exports dev.holdfast.jackson3;
}
