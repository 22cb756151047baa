// SPDX-License-Identifier: Apache-2.0
/**
 * Values that belong to a runtime's workers, and the forms in which tasks use them.
 *
 * <p>{@link dev.holdfast.local.WorkerLocal} is the way in.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.local;
