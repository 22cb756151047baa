// SPDX-License-Identifier: Apache-2.0
/** A pool of Jackson 2's buffers, kept by the workers of a runtime. */
@NullMarked
package dev.holdfast.jackson2;

import org.jspecify.annotations.NullMarked;
