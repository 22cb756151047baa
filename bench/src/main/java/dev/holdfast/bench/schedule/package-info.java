// SPDX-License-Identifier: Apache-2.0
/** Spawning, yielding and handing over, with the same code on different schedulers. */
@NullMarked
package dev.holdfast.bench.schedule;

import org.jspecify.annotations.NullMarked;
