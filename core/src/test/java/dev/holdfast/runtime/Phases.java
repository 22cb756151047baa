// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.testing.Await;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A listener that writes down which phases its runtime entered, and on which threads. */
final class Phases implements RuntimeListener {

  final List<ShutdownPhase> entered = Collections.synchronizedList(new ArrayList<>());
  final List<Thread> threads = Collections.synchronizedList(new ArrayList<>());

  @Override
  public void phaseEntered(ShutdownPhase phase) {
    threads.add(Thread.currentThread());
    entered.add(phase);
  }

  void await(ShutdownPhase phase) {
    Await.until(phase + " is entered", () -> entered.contains(phase));
  }
}
