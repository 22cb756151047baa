// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.striped;

import dev.holdfast.canary.runtime.RuntimeCanary;

/** Breaks: striped uses no runtime. */
public class StripedCanary {
  RuntimeCanary forbidden;
}
