// SPDX-License-Identifier: Apache-2.0
/**
 * Values that belong to a runtime's workers, to its tasks, or to threads, and the forms in which
 * they are used.
 *
 * <p>{@link dev.holdfast.local.WorkerLocal}, {@link dev.holdfast.local.TaskLocal} and {@link
 * dev.holdfast.local.ThreadExitLocal} are the ways in. A {@link dev.holdfast.local.Handle} is for
 * what a native library hands out.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.local;
