// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.slot.Origin;
import java.util.ArrayList;
import java.util.List;

/** The releases of class loaders that are not done, one for a loader. */
final class Releases {

  private static final Unloading[] NONE = {};

  // Replaced under the lock of the class. Read by who has started a task, after that was listed;
  // written before a release looks at the lists: volatile, so that one of the two sees the other.
  private static volatile Unloading[] running = NONE;

  private Releases() {}

  /** Returns the release of a loader: the one that is running, or a new one. */
  static synchronized Unloading of(Origin origin) {
    for (Unloading each : running) {
      if (each.origin() == origin) {
        return each;
      }
    }
    Unloading made = new Unloading(origin);
    List<Unloading> more = new ArrayList<>(List.of(running));
    more.add(made);
    running = more.toArray(NONE);
    return made;
  }

  static synchronized void done(Unloading release) {
    List<Unloading> rest = new ArrayList<>(List.of(running));
    rest.remove(release);
    running = rest.isEmpty() ? NONE : rest.toArray(NONE);
  }

  /** A task or job has been started and is listed; before who started it can end. */
  static void started(TaskBody<?> task) {
    for (Unloading each : running) {
      each.started(task);
    }
  }
}
