// SPDX-License-Identifier: Apache-2.0
/** Benchmarks against the JDK's own scheduler. */
package dev.holdfast.bench;
