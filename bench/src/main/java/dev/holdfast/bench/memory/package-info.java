// SPDX-License-Identifier: Apache-2.0
/** What a task, a local and a buffer take, each measured in a JVM of its own. */
@NullMarked
package dev.holdfast.bench.memory;

import org.jspecify.annotations.NullMarked;
