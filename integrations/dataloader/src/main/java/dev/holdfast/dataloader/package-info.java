// SPDX-License-Identifier: Apache-2.0
/**
 * Loaders of java-dataloader on a runtime: loads that dispatch themselves, and batch functions that
 * run as tasks.
 */
@NullMarked
package dev.holdfast.dataloader;

import org.jspecify.annotations.NullMarked;
