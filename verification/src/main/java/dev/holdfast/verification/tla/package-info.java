// SPDX-License-Identifier: Apache-2.0
/**
 * The checker of the TLA+ specifications: runs TLC on the real ones and on those that are wrong.
 */
@NullMarked
package dev.holdfast.verification.tla;

import org.jspecify.annotations.NullMarked;
