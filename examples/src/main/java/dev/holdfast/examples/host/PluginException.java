// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.host;

import org.jspecify.annotations.Nullable;

/** A plugin could not be loaded, did not answer, or could not be unloaded. */
public final class PluginException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  PluginException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
