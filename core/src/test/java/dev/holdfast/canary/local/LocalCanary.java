// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.local;

import dev.holdfast.canary.runtime.RuntimeCanary;

/** Breaks: local does not use runtime; and, with {@link RuntimeCanary}, the rule against cycles. */
public class LocalCanary {
  RuntimeCanary forbidden;
}
