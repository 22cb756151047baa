// SPDX-License-Identifier: Apache-2.0
/** The agent that opens what the carrier tier needs; depends on nothing else of this library. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.agent;
