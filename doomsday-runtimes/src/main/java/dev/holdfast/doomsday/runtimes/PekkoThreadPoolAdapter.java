// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.ThreadValues;
import org.apache.pekko.actor.ActorSystem;

/** Actors of Apache Pekko on a dispatcher with a thread pool. */
final class PekkoThreadPoolAdapter extends PekkoAdapter {

  PekkoThreadPoolAdapter() {
    super("pekko-thread-pool", PekkoExecutors.ThreadPool.class);
  }

  @Override
  AuditedRuntime running(ActorSystem system, ThreadValues values) {
    return new PekkoActors(system, values);
  }
}
