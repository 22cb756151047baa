// SPDX-License-Identifier: Apache-2.0
/** The forms of access to a worker-local, each beside its peers, one operation per call. */
@NullMarked
package dev.holdfast.bench.access;

import org.jspecify.annotations.NullMarked;
