// SPDX-License-Identifier: Apache-2.0
/** A pool of Jackson 3's buffers, kept by the workers of a runtime. */
@NullMarked
package dev.holdfast.jackson3;

import org.jspecify.annotations.NullMarked;
