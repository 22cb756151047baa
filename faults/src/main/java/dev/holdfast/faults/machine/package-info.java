// SPDX-License-Identifier: Apache-2.0
/**
 * What the machine does to a JVM: stops it, blocks its threads, wakes them for nothing, has no more
 * of them, or too few processors.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.faults.machine;
