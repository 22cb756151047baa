// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A cache as one finds it in ordinary code: it looks, loads and puts, and between the look and the
 * put another thread may have put a value that somebody uses by now.
 */
final class LoadingCache<K, V> {

  private final Map<K, V> values = new ConcurrentHashMap<>();

  V get(K key, Callable<V> load) throws Exception {
    V known = values.get(key);
    if (known == null) {
      known = load.call();
      values.put(key, known);
    }
    return known;
  }
}
