// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Work;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An adapter in some of its ways, of whose last round the setup, the runtime and a task are kept.
 * On one thread, if that is wanted, nothing depends on which of several is faster.
 */
final class Observed implements RuntimeAdapter {

  private final RuntimeAdapter adapter;
  private final List<String> ways;
  private final boolean onOneThread;

  // Written by the thread of the audit.
  private @Nullable Setup setup;
  private @Nullable AuditedRuntime runtime;

  // Tasks are submitted by threads of the runtime, too.
  private volatile @Nullable Work work;

  private Observed(RuntimeAdapter adapter, List<String> ways, boolean onOneThread) {
    this.adapter = adapter;
    this.ways = ways;
    this.onOneThread = onOneThread;
  }

  static Observed in(RuntimeAdapter adapter, String... ways) {
    return new Observed(adapter, List.of(ways), false);
  }

  static Observed onOneThread(RuntimeAdapter adapter) {
    return new Observed(adapter, adapter.ways(), true);
  }

  /** Plays a round in which nothing runs, by the first way, after which its runtime is over. */
  static Observed afterItsEnd(RuntimeAdapter adapter) throws InterruptedException {
    Observed observed = in(adapter, adapter.ways().getFirst());
    observed.playIdle();
    return observed;
  }

  ScenarioResult playIdle() throws InterruptedException {
    return Doomsday.of(this).rounds(1).run(Scenario.IDLE);
  }

  /** Gives the last runtime a task. */
  Receipt submitAgain() {
    return there(runtime).submit(work());
  }

  /** Sets a timer on the last runtime. */
  Receipt scheduleAgain() {
    return there(runtime).schedule(work(), Duration.ofMillis(1));
  }

  /** Starts another runtime of the kind. */
  AuditedRuntime startAnother() throws Exception {
    return adapter.start(there(setup));
  }

  /** Returns a task that waits for nothing any more. */
  Work work() {
    return there(work);
  }

  private static <T> T there(@Nullable T thing) {
    if (thing == null) {
      throw new AssertionError("no round has been played");
    }
    return thing;
  }

  @Override
  public String name() {
    return adapter.name();
  }

  @Override
  public String version() {
    return adapter.version();
  }

  @Override
  public String arming() {
    return adapter.arming();
  }

  @Override
  public List<String> ways() {
    return ways;
  }

  @Override
  public AuditedRuntime start(Setup with) throws Exception {
    setup = onOneThread ? new Setup(1, with.armory(), with.seed()) : with;
    AuditedRuntime started = adapter.start(there(setup));
    runtime = started;
    return new AuditedRuntime() {
      @Override
      public Reference reference(int slot) {
        return started.reference(slot);
      }

      @Override
      public Receipt submit(Work submitted) {
        work = submitted;
        return started.submit(submitted);
      }

      @Override
      public Receipt submitBlocking(Work submitted) {
        return started.submitBlocking(submitted);
      }

      @Override
      public Receipt schedule(Work submitted, Duration delay) {
        return started.schedule(submitted, delay);
      }

      @Override
      public Ending shutDown(String way, Duration limit) throws Exception {
        return started.shutDown(way, limit);
      }

      @Override
      public void abandon() {
        started.abandon();
      }
    };
  }
}
