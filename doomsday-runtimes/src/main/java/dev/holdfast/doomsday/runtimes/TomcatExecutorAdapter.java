// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.Armory;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.ExitValues;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Work;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.core.StandardThreadExecutor;

/**
 * The pool that Tomcat's connectors share if {@code server.xml} has an {@code Executor}.
 *
 * <p>The configuration reference, "The Executor (thread pool)", names its sizes, says that it is
 * started and stopped with the container, by {@code Lifecycle}, and that its name must be unique.
 * Its source says that {@code shutdown} and {@code shutdownNow} do nothing because of that. It
 * makes its threads by itself, so that values can only be destroyed by the end of the thread.
 */
final class TomcatExecutorAdapter extends TomcatAdapter {

  /** By {@code Lifecycle.stop}, which waits for nothing. */
  static final String STOP = "stop";

  private static final AtomicInteger NUMBER = new AtomicInteger();

  TomcatExecutorAdapter() {
    super("tomcat-executor");
  }

  @Override
  public String arming() {
    return "end of the thread";
  }

  @Override
  public List<String> jvmOptions() {
    return List.of("--add-opens=java.base/java.lang=ALL-UNNAMED");
  }

  @Override
  public List<String> ways() {
    return List.of(STOP);
  }

  @Override
  public AuditedRuntime start(Setup setup) throws LifecycleException {
    StandardThreadExecutor executor = new StandardThreadExecutor();
    executor.setName("audited-" + NUMBER.incrementAndGet());
    executor.setMinSpareThreads(setup.threads());
    executor.setMaxThreads(setup.threads());
    executor.start();
    return new Running(executor, setup.armory());
  }

  private static final class Running implements AuditedRuntime {

    private final StandardThreadExecutor executor;
    private final ExitValues values;

    Running(StandardThreadExecutor executor, Armory armory) {
      this.executor = executor;
      values = new ExitValues(armory);
    }

    @Override
    public Reference reference(int slot) {
      return values.reference(slot);
    }

    @Override
    public Receipt submit(Work work) {
      return Receipt.of(executor.submit(work));
    }

    /** After it {@code awaitTermination} throws: there is no executor that could be waited for. */
    @Override
    public Ending shutDown(String way, Duration limit) throws LifecycleException {
      if (!way.equals(STOP)) {
        throw new IllegalArgumentException("there is no way '" + way + "'");
      }
      executor.stop();
      return Ending.UNTOLD;
    }

    /** Has the container forget it, too. */
    @Override
    public void abandon() {
      try {
        executor.stop();
        executor.destroy();
      } catch (LifecycleException e) {
        throw new IllegalStateException("the executor cannot be destroyed", e);
      }
    }
  }
}
