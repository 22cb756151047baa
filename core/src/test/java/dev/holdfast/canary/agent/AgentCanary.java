// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.canary.agent;

import dev.holdfast.canary.jdk.JdkCanary;

/** Breaks: agent uses none of ours. */
public class AgentCanary {
  JdkCanary forbidden;
}
