// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.lincheck;

import dev.holdfast.slot.Registry;
import dev.holdfast.verification.Length;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.util.LoggingLevel;

/** The program that checks one structure and its canaries, in a JVM of its own. */
final class LincheckRun {

  /** Begins the line in front of what is printed of a model; behind it the name of its class. */
  static final String MODEL = "holdfast model ";

  /** The line behind what is printed of a model in which nothing was found. */
  static final String CLEAN = "holdfast clean";

  /** Is the line of a model in which something was found, in front of what that is. */
  static final String FOUND = "holdfast found";

  /** The loops over all places of a chunk are longer than Lincheck takes to be endless. */
  private static final int LOOP_BOUND = 5_000;

  private static final int MANY = 200;
  private static final int FEW_SCHEDULES = 100;

  private LincheckRun() {}

  /**
   * Checks.
   *
   * @param args the name of the structure, and the length
   */
  public static void main(String[] args) {
    Structure structure = Structure.named(args[0]);
    boolean longer = Length.valueOf(args[1]) == Length.LONG;
    check(
        structure.real(),
        new ModelCheckingOptions()
            .iterations(longer ? MANY : 6)
            .invocationsPerIteration(longer ? 1_000 : FEW_SCHEDULES)
            .threads(3)
            .actorsPerThread(3));
    for (Structure.Model canary : structure.canaries()) {
      check(
          canary,
          new ModelCheckingOptions()
              .iterations(MANY)
              .invocationsPerIteration(FEW_SCHEDULES)
              .threads(2)
              .actorsPerThread(3)
              .minimizeFailedScenario(false));
    }
  }

  private static void check(Structure.Model model, ModelCheckingOptions options) {
    System.out.println(MODEL + model.operations().getName());
    try {
      options
          .loopBound(LOOP_BOUND)
          // Lincheck switches threads after some turns of a loop, and would never see a walk over
          // 256
          // places that nobody interrupts.
          .addGuarantee(
              ManagedStrategyGuaranteeKt.forClasses(Registry.class.getName())
                  .methods("lookAhead", "forEach")
                  .treatAsAtomic())
          .logLevel(LoggingLevel.INFO) // prints each scenario, by which they are counted
          .sequentialSpecification(model.specification())
          .check(model.operations());
      System.out.println(CLEAN);
    } catch (LincheckAssertionError e) {
      System.out.println(FOUND);
      System.out.println(e.getMessage());
    }
  }
}
