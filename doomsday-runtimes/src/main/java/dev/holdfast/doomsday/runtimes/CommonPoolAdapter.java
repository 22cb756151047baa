// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedExecutor;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.ThreadValues;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The pool that a JVM has for all.
 *
 * <p>The javadoc of {@link ForkJoinPool} has the system property for its thread factory, and of
 * {@code commonPool} that it cannot be shut down, and that a program which relies on its tasks
 * calls {@code awaitQuiescence} before it exits.
 */
final class CommonPoolAdapter extends JdkAdapter {

  private static final String QUIESCENCE = "awaitQuiescence";
  private static final String PROPERTY = "java.util.concurrent.ForkJoinPool.common.";
  private static final int THREADS = 3;

  // Of all rounds in this JVM: a thread may have values of several.
  private static final Set<ThreadValues> ALL = ConcurrentHashMap.newKeySet();

  CommonPoolAdapter() {
    super("common-pool");
  }

  @Override
  public String arming() {
    return "onTermination";
  }

  @Override
  public List<String> ways() {
    return List.of(QUIESCENCE, AuditedExecutor.CLOSE);
  }

  @Override
  public List<String> jvmOptions() {
    return List.of(
        "-D" + PROPERTY + "threadFactory=" + Threads.class.getName(),
        "-D" + PROPERTY + "parallelism=" + THREADS);
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    ThreadValues values = new ThreadValues(setup.armory());
    ALL.add(values);
    return new AuditedCommonPool(values);
  }

  /** The common pool, which neither shutdown nor close ends. */
  private static final class AuditedCommonPool extends AuditedExecutor {

    AuditedCommonPool(ThreadValues values) {
      super(ForkJoinPool.commonPool(), values::reference);
    }

    @Override
    public Ending shutDown(String way, Duration limit) throws Exception {
      if (!way.equals(QUIESCENCE)) {
        super.shutDown(way, limit);
        // It says that no task is left, not that the pool has ended.
        return Ending.UNTOLD;
      }
      return ForkJoinPool.commonPool().awaitQuiescence(limit.toNanos(), TimeUnit.NANOSECONDS)
          ? Ending.UNTOLD
          : Ending.TIMED_OUT;
    }
  }

  /** Made by the JDK, by its name. */
  public static final class Threads implements ForkJoinPool.ForkJoinWorkerThreadFactory {
    @Override
    public ForkJoinWorkerThread newThread(ForkJoinPool pool) {
      return new Member(pool);
    }
  }

  /** A worker that destroys its values as it ends. */
  private static final class Member extends ForkJoinWorkerThread {

    Member(ForkJoinPool pool) {
      super(pool);
    }

    @Override
    protected void onTermination(@Nullable Throwable exception) {
      ALL.forEach(ThreadValues::destroyAll);
      super.onTermination(exception);
    }
  }
}
