// SPDX-License-Identifier: Apache-2.0
/**
 * What the pools for Jackson 2 ({@code dev.holdfast.jackson2}) and Jackson 3 ({@code
 * dev.holdfast.jackson3}) have in common: their options, and what misuse of them throws.
 */
@NullMarked
package dev.holdfast.jackson;

import org.jspecify.annotations.NullMarked;
