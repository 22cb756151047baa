// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.ThreadValues;
import org.apache.pekko.actor.ActorSystem;

/** Actors of Apache Pekko on the kind of dispatcher that is the default: a fork-join pool. */
final class PekkoForkJoinAdapter extends PekkoAdapter {

  PekkoForkJoinAdapter() {
    super("pekko-fork-join", PekkoExecutors.ForkJoin.class);
  }

  @Override
  AuditedRuntime running(ActorSystem system, ThreadValues values) {
    return new PekkoActors(system, values);
  }
}
