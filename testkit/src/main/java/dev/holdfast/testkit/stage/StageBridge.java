// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import dev.holdfast.jdk.VirtualThreads;
import dev.holdfast.scheduler.Admission;
import dev.holdfast.slot.Here;
import dev.holdfast.slot.StackRoom;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * What the JDK takes for the scheduler of the virtual threads of a stage. As with the real workers
 * it is a ForkJoinPool by type only, so that timed waits come here.
 */
final class StageBridge extends ForkJoinPool {

  private final Stage stage;
  private final Strand.Kind kind;

  StageBridge(Stage stage, Strand.Kind kind) {
    super(
        1,
        pool -> {
          throw new IllegalStateException("a stage has no threads of this pool");
        },
        null,
        false);
    this.stage = stage;
    this.kind = kind;
  }

  @Override
  public void execute(Runnable run) {
    Thread thread = VirtualThreads.threadOf(run);
    if (kind != Strand.Kind.TASK || !VirtualThreads.isNew(thread)) {
      stage.ready(kind, thread, run);
      return;
    }
    // As with the real workers: counted, or refused, before it is queued.
    StackRoom.ensure();
    Thread current = Thread.currentThread();
    Admission admission = stage.carriers().admission();
    admission.admit(thread, current, Here.membershipOf(current));
    try {
      stage.ready(kind, thread, run);
    } catch (Throwable e) {
      admission.retract(thread);
      throw e;
    }
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    return stage.schedule(command, unit.toNanos(delay));
  }
}
