// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.memory;

import dev.holdfast.canary.runtime.RuntimeCanary;

/** Breaks: memory does not use runtime. */
public class MemoryCanary {
  RuntimeCanary forbidden;
}
