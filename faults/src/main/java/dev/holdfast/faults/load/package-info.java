// SPDX-License-Identifier: Apache-2.0
/** Random work for a runtime, in which every body and every value is in its books. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.faults.load;
