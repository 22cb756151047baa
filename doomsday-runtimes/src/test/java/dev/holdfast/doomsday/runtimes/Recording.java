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
 * An adapter that keeps what an audit of another one had: with what it was started, its runtime,
 * which is over by now, and a task.
 */
final class Recording implements RuntimeAdapter {

  private final RuntimeAdapter adapter;
  private final ScenarioResult result;

  private @Nullable Setup setup;
  private @Nullable AuditedRuntime runtime;
  private volatile @Nullable Work work;

  private Recording(RuntimeAdapter adapter) throws InterruptedException {
    this.adapter = adapter;
    this.result = Doomsday.of(this).rounds(1).run(Scenario.IDLE);
  }

  /** Plays a round in which nothing runs. */
  static Recording of(RuntimeAdapter adapter) throws InterruptedException {
    return new Recording(adapter);
  }

  ScenarioResult result() {
    return result;
  }

  /** Returns a runtime that is over. */
  AuditedRuntime ended() {
    return there(runtime);
  }

  /** Starts another runtime of the kind. */
  AuditedRuntime startAnother() throws Exception {
    return adapter.start(there(setup));
  }

  /** Returns a task that does not wait for anything. */
  Work work() {
    return there(work);
  }

  private static <T> T there(@Nullable T thing) {
    if (thing == null) {
      throw new AssertionError("the round had none");
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
    return adapter.ways().subList(0, 1);
  }

  @Override
  public AuditedRuntime start(Setup with) throws Exception {
    AuditedRuntime started = adapter.start(with);
    setup = with;
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
