// SPDX-License-Identifier: Apache-2.0
/** The table of object pools: what people have today, beside leases. */
@NullMarked
package dev.holdfast.bench.pools;

import org.jspecify.annotations.NullMarked;
