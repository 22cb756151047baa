// SPDX-License-Identifier: Apache-2.0
/** The {@code holdfast} command. */
package dev.holdfast.cli;
