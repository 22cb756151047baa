// SPDX-License-Identifier: Apache-2.0
/** Rows that are whole programs: servers under load, documents read and written, the demo. */
@NullMarked
package dev.holdfast.bench.world;

import org.jspecify.annotations.NullMarked;
