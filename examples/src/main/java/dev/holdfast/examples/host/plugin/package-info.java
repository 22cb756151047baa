// SPDX-License-Identifier: Apache-2.0
/** The plugin: the host sees none of these classes, but packs them into jars and loads those. */
@NullMarked
package dev.holdfast.examples.host.plugin;

import org.jspecify.annotations.NullMarked;
