// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.scheduler;

import dev.holdfast.canary.runtime.RuntimeCanary;

/** Breaks: scheduler uses no runtime. */
public class SchedulerCanary {
  RuntimeCanary forbidden;
}
