// SPDX-License-Identifier: Apache-2.0
/** Pictures of measured numbers, as SVG. */
@NullMarked
package dev.holdfast.bench.plot;

import org.jspecify.annotations.NullMarked;
