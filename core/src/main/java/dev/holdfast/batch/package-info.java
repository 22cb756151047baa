// SPDX-License-Identifier: Apache-2.0
/**
 * Batching: tasks of a worker hand in keys one by one, and a function sees many at once.
 *
 * <p>{@link dev.holdfast.batch.BatchQueue} is the way in.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.batch;
