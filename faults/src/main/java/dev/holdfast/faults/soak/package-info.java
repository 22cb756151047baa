// SPDX-License-Identifier: Apache-2.0
/** Random load for as long as one likes, and whether anything is lost, done twice, or grows. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.faults.soak;
