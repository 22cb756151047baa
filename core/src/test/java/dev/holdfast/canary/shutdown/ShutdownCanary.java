// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.shutdown;

import dev.holdfast.canary.runtime.RuntimeCanary;

/** Breaks: shutdown uses neither runtime nor local. */
public class ShutdownCanary {
  RuntimeCanary forbidden;
}
