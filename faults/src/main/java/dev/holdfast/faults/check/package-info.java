// SPDX-License-Identifier: Apache-2.0
/** One check for each kind of fault; each runs in both tiers and tells its findings in a row. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.faults.check;
