// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.ExitValues;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Work;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import kotlin.Unit;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.DelayKt;
import kotlinx.coroutines.Dispatchers;
import kotlinx.coroutines.ExecutorsKt;
import kotlinx.coroutines.GlobalScope;
import kotlinx.coroutines.future.FutureKt;

/**
 * The threads of Kotlin's coroutines that {@code Dispatchers.Default} and {@code Dispatchers.IO}
 * share, as an executor.
 *
 * <p>The documentation, KDoc of {@code Dispatchers.Default} and {@code Dispatchers.IO}, gives the
 * first tasks that do not block and the second those that do; the KDoc of {@code asExecutor} has
 * either be an executor for code that knows no coroutines. A timer is a coroutine that calls {@code
 * delay}. The KDoc of {@code Dispatchers.shutdown} says that it stops all threads and cannot be
 * undone, and leaves it open what becomes of tasks and coroutines that are not over by then: only
 * the scenarios in which none are is it fair to play.
 */
final class KotlinDefaultAdapter implements RuntimeAdapter {

  private static final String SHUTDOWN = "Dispatchers.shutdown";
  private static final String THREADS = "DefaultDispatcher-worker-";

  @Override
  public String name() {
    return "kotlin-default";
  }

  @Override
  public String version() {
    String file = "META-INF/kotlinx_coroutines_core.version";
    try (InputStream in = Dispatchers.class.getClassLoader().getResourceAsStream(file)) {
      return in == null ? "unknown" : new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String arming() {
    return "end of the thread";
  }

  @Override
  public List<String> ways() {
    return List.of(SHUTDOWN);
  }

  @Override
  public Map<Scenario, String> leftOut() {
    Map<Scenario, String> others = new EnumMap<>(Scenario.class);
    for (Scenario scenario : Scenario.values()) {
      if (scenario != Scenario.IDLE) {
        others.put(scenario, "its documentation allows no task to be left at that point");
      }
    }
    return others;
  }

  @Override
  public List<String> jvmOptions() {
    return List.of("--add-opens=java.base/java.lang=ALL-UNNAMED");
  }

  @Override
  public boolean oncePerJvm() {
    return true;
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    // Read when the dispatchers are made, once in a JVM.
    System.setProperty(
        "kotlinx.coroutines.scheduler.core.pool.size", String.valueOf(setup.threads()));
    // So that the one round of this JVM is not about the loading of classes.
    DefaultThreads.timer(Duration.ofMillis(1)).join();
    return new DefaultThreads(setup);
  }

  private static final class DefaultThreads implements AuditedRuntime {

    private final Executor computing = ExecutorsKt.asExecutor(Dispatchers.getDefault());
    private final Executor blocking = ExecutorsKt.asExecutor(Dispatchers.getIO());
    private final ExitValues values;

    DefaultThreads(Setup setup) {
      values = new ExitValues(setup.armory());
    }

    @Override
    public Reference reference(int slot) {
      return values.reference(slot);
    }

    @Override
    public Receipt submit(Work work) {
      return Receipt.of(WorkStages.start(work, computing));
    }

    @Override
    public Receipt submitBlocking(Work work) {
      return Receipt.of(CompletableFuture.runAsync(work, blocking));
    }

    @Override
    public Receipt schedule(Work work, Duration delay) {
      return Receipt.of(timer(delay).thenCompose(over -> WorkStages.start(work, computing)));
    }

    static CompletableFuture<Unit> timer(Duration delay) {
      return FutureKt.future(
          GlobalScope.INSTANCE,
          Dispatchers.getDefault(),
          CoroutineStart.DEFAULT,
          (scope, next) -> DelayKt.delay(delay.toMillis(), next));
    }

    /** Joins every thread of the dispatchers, but not the one that calls it. */
    @Override
    public Ending shutDown(String way, Duration limit) {
      Dispatchers.INSTANCE.shutdown();
      return Thread.currentThread().getName().startsWith(THREADS) ? Ending.UNTOLD : Ending.COMPLETE;
    }
  }
}
