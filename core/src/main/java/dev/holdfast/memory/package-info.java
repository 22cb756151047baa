// SPDX-License-Identifier: Apache-2.0
/** Off-heap memory that belongs to workers, for {@link java.lang.foreign}. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.memory;
