// SPDX-License-Identifier: Apache-2.0
/**
 * What the fault checks and the soak stand on: books of work and values, findings, and result rows.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.faults.books;
