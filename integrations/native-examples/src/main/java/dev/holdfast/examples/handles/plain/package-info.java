// SPDX-License-Identifier: Apache-2.0
/**
 * The same work without Holdfast, as it is often written: programs that run out of something, use a
 * handle after its end, or crash the JVM. The tests start them in a JVM of their own and keep what
 * they leave behind.
 */
@NullMarked
package dev.holdfast.examples.handles.plain;

import org.jspecify.annotations.NullMarked;
