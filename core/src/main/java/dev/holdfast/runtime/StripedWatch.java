// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.slot.ExclusiveAccess;
import dev.holdfast.striped.StripedWorkers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds tasks that block inside an exclusive access in the owned tier, where they keep a worker
 * from others. The watching thread only.
 */
final class StripedWatch {

  /** After so many looks at the same visit a task that waits counts as blocked. */
  private static final int BLOCKED_LOOKS = 2;

  /** What was seen of one worker. */
  private static final class Sight {
    private StripedWorkers.@Nullable Visit visit;
    private int times;
    private boolean reported;
  }

  private final StripedWorkers workers;
  private final String runtime;
  private final Notices notices;
  private final List<Sight> seen = new ArrayList<>();

  StripedWatch(StripedWorkers workers, String runtime, Notices notices) {
    this.workers = workers;
    this.runtime = runtime;
    this.notices = notices;
  }

  void look() {
    int count = workers.count();
    while (seen.size() < count) {
      seen.add(new Sight());
    }
    for (int i = 0; i < count; i++) {
      Sight sight = seen.get(i);
      StripedWorkers.Visit visit = workers.visit(i);
      if (visit == null || !visit.isSameAs(sight.visit)) {
        sight.visit = visit;
        sight.times = 0;
        sight.reported = false;
        continue;
      }
      sight.times++;
      if (!sight.reported && sight.times >= BLOCKED_LOOKS && Integer.bitCount(sight.times) == 1) {
        sight.reported = report(i, visit.thread());
      }
    }
  }

  private boolean report(int worker, Thread thread) {
    // No switch: its table would be initialised at the first look, where memory may be at its end.
    Thread.State state = thread.getState();
    if (state != Thread.State.BLOCKED
        && state != Thread.State.WAITING
        && state != Thread.State.TIMED_WAITING) {
      return false;
    }
    StackTraceElement[] stack = thread.getStackTrace();
    if (!ExclusiveAccess.isOn(stack)) {
      return false;
    }
    // On a thread of its own: a listener that waits must not keep the runtime from its end.
    Thread.ofPlatform()
        .daemon()
        .name(runtime + "-notice")
        .start(() -> notices.blockedWhilePinned(workers.workers().get(worker), stack));
    return true;
  }
}
