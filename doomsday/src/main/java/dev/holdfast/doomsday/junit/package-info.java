// SPDX-License-Identifier: Apache-2.0
/** Audits as tests: {@link dev.holdfast.doomsday.junit.DoomsdayTest}. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.doomsday.junit;
