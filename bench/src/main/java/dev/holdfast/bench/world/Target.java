// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import java.io.IOException;

/** A server on loopback that a load generator is pointed at. */
interface Target extends AutoCloseable {

  /** Where it listens. */
  int port();

  /** How many requests it has answered. */
  long answered();

  /** Ends it, its connections and its threads. */
  @Override
  void close() throws IOException;
}
