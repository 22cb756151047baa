// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.runtime;

import dev.holdfast.canary.local.LocalCanary;

/** Breaks: runtime does not use local. */
public class RuntimeCanary {
  LocalCanary forbidden;
}
