// SPDX-License-Identifier: Apache-2.0
/** A host that reloads a plugin while requests run. */
@NullMarked
package dev.holdfast.examples.host;

import org.jspecify.annotations.NullMarked;
