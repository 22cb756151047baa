// SPDX-License-Identifier: Apache-2.0
/** The only code that touches internals of the JDK; depends on nothing else of this library. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.jdk;
