// SPDX-License-Identifier: Apache-2.0
/** The workers of the owned tier: tasks run elsewhere, and come onto a worker to use its values. */
@NullMarked
package dev.holdfast.striped;

import org.jspecify.annotations.NullMarked;
