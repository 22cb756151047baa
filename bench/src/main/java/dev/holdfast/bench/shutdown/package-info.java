// SPDX-License-Identifier: Apache-2.0
/** What closing and starting a runtime takes. */
@NullMarked
package dev.holdfast.bench.shutdown;

import org.jspecify.annotations.NullMarked;
