// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.TierUnavailableException;
import dev.holdfast.runtime.WorkerRuntime;

/**
 * A program that demands the carrier tier; outside the packages of the module, to be run beside it.
 */
public final class ModuleUser {

  private ModuleUser() {}

  /** Prints the module of the library, and the tier or why there is none. */
  public static void main(String[] arguments) throws Exception {
    String module = WorkerRuntime.class.getModule().getName();
    try (WorkerRuntime runtime = WorkerRuntime.builder().tier(Tier.CARRIER).start()) {
      System.out.println(module + ": " + runtime.<Tier>run(runtime::tier));
    } catch (TierUnavailableException e) {
      System.out.println(module + ": " + e.getMessage());
    }
  }
}
