// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.batch;

import dev.holdfast.canary.runtime.RuntimeCanary;

/** Breaks: batch does not use runtime. */
public class BatchCanary {
  RuntimeCanary forbidden;
}
