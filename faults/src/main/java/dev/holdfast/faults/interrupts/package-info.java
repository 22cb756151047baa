// SPDX-License-Identifier: Apache-2.0
/** Every call that waits is interrupted, before and during its wait, on every kind of thread. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.faults.interrupts;
