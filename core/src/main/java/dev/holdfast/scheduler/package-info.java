// SPDX-License-Identifier: Apache-2.0
/** The concurrent data structures that the workers of a runtime share. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.scheduler;
