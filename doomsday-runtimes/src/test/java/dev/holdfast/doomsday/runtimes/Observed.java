// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Work;
import java.time.Duration;
import java.util.List;

/** An adapter in some of its ways, of whose last round the runtime and a task are kept. */
final class Observed implements RuntimeAdapter {

  private final RuntimeAdapter adapter;
  private final List<String> ways;

  private volatile AuditedRuntime runtime;
  private volatile Work work;

  Observed(RuntimeAdapter adapter, String... ways) {
    this.adapter = adapter;
    this.ways = List.of(ways);
  }

  /** Submits a task to the runtime of the last round, which has been ended. */
  Receipt submitLate() {
    return runtime.submit(work);
  }

  /** Sets a timer on the runtime of the last round, which has been ended. */
  Receipt scheduleLate() {
    return runtime.schedule(work, Duration.ofMillis(1));
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
  public AuditedRuntime start(Setup setup) throws Exception {
    AuditedRuntime started = adapter.start(setup);
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
