// SPDX-License-Identifier: Apache-2.0
/** What is lent from the worker that the borrower is on, and kept where it is given back. */
@NullMarked
package dev.holdfast.jackson.stock;

import org.jspecify.annotations.NullMarked;
