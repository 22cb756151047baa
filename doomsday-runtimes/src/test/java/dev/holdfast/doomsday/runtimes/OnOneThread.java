// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Work;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A runtime with one thread, however many a round would have, so that nothing depends on which of
 * them is faster. Keeps what it started last, and what that was given last.
 */
final class OnOneThread implements RuntimeAdapter {

  private final RuntimeAdapter adapter;

  // Written by the thread of the audit.
  private @Nullable Running running;

  OnOneThread(RuntimeAdapter adapter) {
    this.adapter = adapter;
  }

  /** Gives the last runtime of an audit, which is over, its last task once more. */
  Receipt submitAgain() {
    Running last = running;
    assertThat(last).isNotNull();
    Work work = last.last;
    assertThat(work).isNotNull();
    return last.submit(work);
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
    return adapter.ways();
  }

  @Override
  public AuditedRuntime start(Setup setup) throws Exception {
    running = new Running(adapter.start(new Setup(1, setup.armory(), setup.seed())));
    return running;
  }

  private static final class Running implements AuditedRuntime {

    private final AuditedRuntime runtime;

    // Tasks are submitted by threads of the runtime, too.
    private volatile @Nullable Work last;

    Running(AuditedRuntime runtime) {
      this.runtime = runtime;
    }

    @Override
    public Reference reference(int slot) {
      return runtime.reference(slot);
    }

    @Override
    public Receipt submit(Work work) {
      last = work;
      return runtime.submit(work);
    }

    @Override
    public Ending shutDown(String way, Duration limit) throws Exception {
      return runtime.shutDown(way, limit);
    }

    @Override
    public void abandon() {
      runtime.abandon();
    }
  }
}
