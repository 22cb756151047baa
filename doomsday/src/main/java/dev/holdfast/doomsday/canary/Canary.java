// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.canary;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Verdict;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A small runtime with one fault. An audit that sees well finds it in each round of each scenario
 * that the canary is played in.
 */
public final class Canary implements RuntimeAdapter {

  private static final Set<Scenario> ALL_BUT_HOLDERS =
      EnumSet.complementOf(EnumSet.of(Scenario.FOREIGN_HOLDER));

  // Of the method below that makes it.
  private final String method;
  private final Fault fault;
  private final Verdict verdict;
  private final Set<Scenario> scenarios;

  private Canary(String method, Fault fault, Verdict verdict, Set<Scenario> scenarios) {
    this.method = method;
    this.fault = fault;
    this.verdict = verdict;
    this.scenarios = scenarios;
  }

  /**
   * Returns all canaries, at least one for each verdict but {@link Verdict#SAFE}.
   *
   * @return the canaries
   */
  public static List<Canary> all() {
    return List.of(
        earlyDestroy(),
        doubleDestroy(),
        strandedTask(),
        forgottenValue(),
        wrongThread(),
        wrongOrder(),
        hurtWaker(),
        earlyReturn(),
        hang());
  }

  /** The small runtime without a fault, which is safe in every scenario. */
  static Canary healthy() {
    return new Canary("healthy", Fault.NONE, Verdict.SAFE, EnumSet.allOf(Scenario.class));
  }

  static Canary earlyDestroy() {
    return new Canary(
        "earlyDestroy",
        Fault.DESTROYS_EARLY,
        Verdict.USE_AFTER_DESTROY,
        EnumSet.of(
            Scenario.BUSY,
            Scenario.PARKED,
            Scenario.QUEUED,
            Scenario.DEAF,
            Scenario.BLOCKING_JOBS,
            Scenario.FOREIGN_HOLDER));
  }

  static Canary doubleDestroy() {
    return new Canary(
        "doubleDestroy", Fault.DESTROYS_TWICE, Verdict.DOUBLE_DESTROY, ALL_BUT_HOLDERS);
  }

  static Canary strandedTask() {
    return new Canary(
        "strandedTask", Fault.STRANDS_TASKS, Verdict.STRANDED, EnumSet.of(Scenario.QUEUED));
  }

  static Canary forgottenValue() {
    return new Canary(
        "forgottenValue",
        Fault.FORGETS_VALUES,
        Verdict.NOT_DESTROYED,
        EnumSet.of(Scenario.IDLE, Scenario.JVM_EXIT));
  }

  static Canary wrongThread() {
    return new Canary(
        "wrongThread",
        Fault.DESTROYS_ELSEWHERE,
        Verdict.WRONG_THREAD,
        EnumSet.of(Scenario.IDLE, Scenario.PARKED));
  }

  static Canary wrongOrder() {
    return new Canary(
        "wrongOrder",
        Fault.DESTROYS_IN_ORDER,
        Verdict.WRONG_ORDER,
        EnumSet.of(Scenario.IDLE, Scenario.PARKED));
  }

  static Canary hurtWaker() {
    return new Canary(
        "hurtWaker", Fault.HURTS_WAKERS, Verdict.WAKER_HURT, EnumSet.of(Scenario.PARKED));
  }

  static Canary earlyReturn() {
    return new Canary(
        "earlyReturn",
        Fault.RETURNS_EARLY,
        Verdict.EARLY_RETURN,
        EnumSet.of(Scenario.SLOW_DESTRUCTOR));
  }

  static Canary hang() {
    return new Canary("hang", Fault.HANGS, Verdict.HANG, EnumSet.of(Scenario.IDLE));
  }

  /**
   * Returns what an audit must find in every scenario that this canary is played in.
   *
   * @return the verdict
   */
  public Verdict expected() {
    return verdict;
  }

  @Override
  public String name() {
    return "canary-" + method.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
  }

  @Override
  public String version() {
    return "broken on purpose";
  }

  @Override
  public String arming() {
    return "end of its threads";
  }

  @Override
  public List<String> ways() {
    return List.of(CanaryRuntime.WAY);
  }

  @Override
  public Map<Scenario, String> leftOut() {
    Map<Scenario, String> others = new EnumMap<>(Scenario.class);
    for (Scenario scenario : Scenario.values()) {
      if (!scenarios.contains(scenario)) {
        others.put(scenario, "its fault need not show there");
      }
    }
    return others;
  }

  /** The method above that makes it. */
  @Override
  public Optional<String> recipe() {
    return Optional.of(Canary.class.getName() + "#" + method);
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    return new CanaryRuntime(setup, fault);
  }

  @Override
  public String toString() {
    return name();
  }
}
