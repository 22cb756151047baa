// SPDX-License-Identifier: Apache-2.0
/** The table of batches: many keys for one call. */
@NullMarked
package dev.holdfast.bench.batch;

import org.jspecify.annotations.NullMarked;
