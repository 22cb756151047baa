// SPDX-License-Identifier: Apache-2.0
/**
 * The runtime: workers that carry virtual threads, the blocking pool, and the sequenced close.
 *
 * <p>{@link dev.holdfast.runtime.WorkerRuntime} is the way in.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.runtime;
