// SPDX-License-Identifier: Apache-2.0
/**
 * What is recorded when the JVM is started with the sanitiser: who made, took, gave back and
 * destroyed a value, and what was taken and never given back. Knows of no owners and no locals.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.sanitizer;
