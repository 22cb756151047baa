// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.lincheck;

import dev.holdfast.local.LeasePoolModel;
import dev.holdfast.scheduler.GlobalQueueModel;
import java.util.List;

/**
 * A data structure that is checked.
 *
 * @param name what it is called
 * @param real its model: the operations on the real one
 * @param canaries the smallest that are broken
 */
record Structure(String name, Model real, List<Model> canaries) {

  /**
   * What Lincheck is given.
   *
   * @param operations the class that has the operations
   * @param specification what they do when nobody meets
   */
  record Model(Class<?> operations, Class<?> specification) {}

  /** Returns all. */
  static List<Structure> all() {
    return List.of(
        of(
            "RunQueue",
            RunQueueModel.class,
            RunQueueModel.Sequential.class,
            new Model(BrokenRing.StoresHead.class, BrokenRing.Sequential.class),
            new Model(BrokenRing.CopiesAfterClaim.class, BrokenRing.Sequential.class)),
        of(
            "GlobalQueue, Inlet",
            GlobalQueueModel.class,
            GlobalQueueModel.Sequential.class,
            new Model(InletWithoutLock.class, GlobalQueueModel.Sequential.class)),
        of(
            "LeasePool",
            LeasePoolModel.class,
            LeasePoolModel.Sequential.class,
            new Model(BrokenStack.PushesWithoutComparing.class, LeasePoolModel.Sequential.class),
            new Model(BrokenStack.TakesInTwoSteps.class, LeasePoolModel.Sequential.class)),
        of(
            "Registry",
            RegistryModel.class,
            RegistryModel.Sequential.class,
            new Model(PlacedTooLate.class, RegistryModel.Sequential.class)));
  }

  private static Structure of(
      String name, Class<?> operations, Class<?> specification, Model... canaries) {
    return new Structure(name, new Model(operations, specification), List.of(canaries));
  }

  /** Returns the one of a name. */
  static Structure named(String name) {
    return all().stream()
        .filter(each -> each.name().equals(name))
        .findAny()
        .orElseThrow(() -> new IllegalArgumentException("there is no structure '" + name + "'"));
  }
}
