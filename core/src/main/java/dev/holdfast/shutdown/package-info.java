// SPDX-License-Identifier: Apache-2.0
/** What a shutdown passes through and reports. */
@org.jspecify.annotations.NullMarked
package dev.holdfast.shutdown;
