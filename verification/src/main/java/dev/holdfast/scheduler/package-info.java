// SPDX-License-Identifier: Apache-2.0
/** Models of what only this package of core can reach. */
@NullMarked
package dev.holdfast.scheduler;

import org.jspecify.annotations.NullMarked;
