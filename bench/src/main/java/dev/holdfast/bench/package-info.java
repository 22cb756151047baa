// SPDX-License-Identifier: Apache-2.0
/** Benchmarks against the JDK's own scheduler and the usual ways to keep values per thread. */
@NullMarked
package dev.holdfast.bench;

import org.jspecify.annotations.NullMarked;
