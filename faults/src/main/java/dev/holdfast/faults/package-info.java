// SPDX-License-Identifier: Apache-2.0
/** The program that puts faults in of every kind, one check after the other. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.faults;
