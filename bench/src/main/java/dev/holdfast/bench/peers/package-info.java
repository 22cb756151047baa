// SPDX-License-Identifier: Apache-2.0
/** The peers that are programs of their own, in {@code bench/peers}: Tokio and Go. */
@NullMarked
package dev.holdfast.bench.peers;

import org.jspecify.annotations.NullMarked;
