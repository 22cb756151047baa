// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Work;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;

/** Runtimes that take their JVM with them, or stop it; made by name in another JVM. */
abstract class Breaking implements RuntimeAdapter {

  /** Ends the JVM when it is started for the second time. */
  static final class Crashing extends Breaking {
    private int started;

    @Override
    public AuditedRuntime start(Setup setup) {
      if (started++ == 1) {
        System.err.println("the last words");
        Runtime.getRuntime().halt(134);
      }
      return new Nothing();
    }
  }

  /** Never comes back from its start. */
  static final class Silent extends Breaking {
    @Override
    public AuditedRuntime start(Setup setup) throws InterruptedException {
      new CountDownLatch(1).await();
      return new Nothing();
    }
  }

  /** Can be made by those tests alone, not by the recipe that it names. */
  static final class Unmakeable extends Breaking {
    @Override
    public Optional<String> recipe() {
      return Optional.of(Breaking.class.getName() + "#unmakeable");
    }

    @Override
    public AuditedRuntime start(Setup setup) {
      return new Nothing();
    }
  }

  static RuntimeAdapter unmakeable() {
    throw new IllegalStateException("cannot be made here");
  }

  /** Has a name of this project's own. */
  static final class OfOurs extends Breaking {
    @Override
    public String name() {
      return "holdfast-broken";
    }

    @Override
    public AuditedRuntime start(Setup setup) {
      throw new IllegalStateException("broken");
    }
  }

  /** Takes nothing, owns nothing, and ends at once. */
  static final class Nothing implements AuditedRuntime {
    @Override
    public Reference reference(int slot) {
      throw new UnsupportedOperationException("owns nothing");
    }

    @Override
    public Receipt submit(Work work) {
      throw new RejectedExecutionException("takes nothing");
    }

    @Override
    public Ending shutDown(String way, Duration limit) {
      return Ending.COMPLETE;
    }
  }

  @Override
  public String name() {
    return getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  @Override
  public String version() {
    return "1";
  }

  @Override
  public String arming() {
    return "nothing";
  }

  @Override
  public List<String> ways() {
    return List.of("stop");
  }

  /** Three scenarios are enough. */
  @Override
  public Map<Scenario, String> leftOut() {
    Map<Scenario, String> others = new EnumMap<>(Scenario.class);
    for (Scenario scenario : Scenario.values()) {
      if (scenario.compareTo(Scenario.PARKED) > 0) {
        others.put(scenario, "not needed");
      }
    }
    return others;
  }
}
