// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The runtimes that have begun to start and not terminated, in which values of any class loader may
 * live.
 *
 * <p>Held strongly: their own threads do so for just as long.
 */
final class LiveRuntimes {

  private static final Set<TieredRuntime> ALL = ConcurrentHashMap.newKeySet();

  private LiveRuntimes() {}

  static void started(TieredRuntime runtime) {
    ALL.add(runtime);
  }

  static void ended(TieredRuntime runtime) {
    ALL.remove(runtime);
  }

  /** Returns those that are live; one that starts meanwhile may be missing. */
  static List<TieredRuntime> all() {
    return List.copyOf(ALL);
  }
}
