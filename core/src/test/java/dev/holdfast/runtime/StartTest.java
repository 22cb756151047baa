// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.FaultyFactory.Fault;
import dev.holdfast.scheduler.Carriers;
import dev.holdfast.scheduler.Scheduler;
import dev.holdfast.scheduler.Surroundings;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.VmState;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The workers of a runtime as it starts: how many, in which order, and on what threads. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class StartTest {

  private static final Duration LONG = Duration.ofSeconds(25);

  /** Keeps what workers tell, in their order. */
  private static final class Workers implements RuntimeListener {
    final Queue<Integer> started = new ConcurrentLinkedQueue<>();
    final Queue<Integer> stopped = new ConcurrentLinkedQueue<>();
    final Queue<Thread> threads = new ConcurrentLinkedQueue<>();

    @Override
    public void workerStarted(int worker) {
      started.add(worker);
      threads.add(Thread.currentThread());
    }

    @Override
    public void workerStopped(int worker) {
      stopped.add(worker);
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  @Tag("S14")
  @DisplayName("S14: worker k of n cannot be started: start throws, and no thread is left")
  void aWorkerThatCannotBeStartedLeavesNoThread(Fault fault) throws Exception {
    int workers = 4;
    for (int k = 0; k < workers; k++) {
      FaultyFactory factory = new FaultyFactory(fault, k, k + 1);
      Workers listener = new Workers();
      WorkerRuntime.Builder builder =
          WorkerRuntime.builder()
              .name("half-started")
              .workers(workers)
              .listener(listener)
              .threadFactory(factory);
      Throwable thrown = catchThrowable(builder::start);

      assertThat(thrown).as("start of worker %s", k).isNotNull();
      assertThat(thrown).hasMessageContaining(fault.message);
      assertThat(factory.asked()).isEqualTo(k + 1);
      // Those that were started have ended when start throws.
      assertThat(factory.made().subList(0, k)).noneMatch(Thread::isAlive);
      for (Thread made : factory.made()) {
        Await.until(made + " has ended", () -> !made.isAlive());
      }
      assertThat(listener.started).hasSize(k).allMatch(index -> index < workers);
      assertThat(listener.stopped).containsExactlyInAnyOrderElementsOf(listener.started);
      assertThat(factory.made()).noneMatch(VmState.adopted()::contains);
      assertThat(VmState.threads("half-started")).isEmpty();
      assertThat(VmState.shutdownHooks("half-started")).isEmpty();

      // The builder is as good as before; the factory has done its worst.
      try (WorkerRuntime runtime = builder.start()) {
        assertThat(runtime.run(() -> "runs")).isEqualTo("runs");
      }
    }
  }

  /** A thread whose start seems to succeed, and is none. */
  private static final class NeverStarted extends Thread {
    NeverStarted(Runnable body) {
      super(body);
    }

    @Override
    public void start() {}
  }

  @Test
  @Tag("S23")
  @DisplayName("S23: threads of a user's factory that never ran are forgotten with their runtime")
  void threadsThatNeverRanAreForgotten() throws Exception {
    List<Thread> made = new CopyOnWriteArrayList<>();
    ThreadFactory factory =
        body -> {
          // The second worker, and the first thread of the blocking pool.
          boolean starts = made.isEmpty() || made.size() > 2;
          made.add(starts ? new Thread(body) : new NeverStarted(body));
          return made.getLast();
        };
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().workers(2).spareWorkers(0).threadFactory(factory).start()) {
      Task<Integer> waiting = runtime.spawnBlocking(() -> 1);
      assertThat(runtime.spawnBlocking(() -> 2).get()).isEqualTo(2);
      assertThat(waiting.get()).isEqualTo(1);
      assertThat(VmState.adopted()).contains(made.get(1), made.get(2));
    }
    assertThat(made).hasSize(4);
    assertThat(made).noneMatch(VmState.adopted()::contains);

    // As well when the start of a later worker fails.
    made.clear();
    WorkerRuntime.Builder failing =
        WorkerRuntime.builder()
            .workers(2)
            .threadFactory(body -> {
              if (!made.isEmpty()) {
                throw new OutOfMemoryError("no second thread");
              }
              made.add(new NeverStarted(body));
              return made.getLast();
            });
    assertThat(catchThrowable(failing::start)).isInstanceOf(OutOfMemoryError.class);
    assertThat(made).noneMatch(VmState.adopted()::contains);
  }

  /** Makes threads of which one does not begin before it is let. */
  private static final class LateBegin implements ThreadFactory {
    final CountDownLatch let = new CountDownLatch(1);
    private final int late;
    private final AtomicInteger made = new AtomicInteger();

    LateBegin(int late) {
      this.late = late;
    }

    @Override
    public Thread newThread(Runnable body) {
      boolean waits = made.getAndIncrement() == late;
      return Thread.ofPlatform()
          .daemon()
          .unstarted(() -> {
            if (waits) {
              Await.unwillingly(let);
            }
            body.run();
          });
    }
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "no other makes that thread otherwise")
  @Test
  @Tag("S14")
  @DisplayName("S14: the monitor cannot be started: start throws, and all workers have ended")
  void aMonitorThatCannotBeStartedLeavesNoThread() {
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger ended = new AtomicInteger();
    CountDownLatch oneRuns = new CountDownLatch(1);
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void workerStarted(int worker) {
            begun.incrementAndGet();
            oneRuns.countDown();
          }

          @Override
          public void workerStopped(int worker) {
            ended.incrementAndGet();
          }
        };
    Surroundings withoutWatch =
        new Surroundings() {
          @Override
          public Thread newWatch(String name, Runnable body) {
            return new Thread(body, name) {
              @Override
              public void start() {
                Await.unwillingly(oneRuns);
                throw new OutOfMemoryError("unable to create native thread, on purpose");
              }
            };
          }
        };
    WorkerRuntime.Builder builder =
        WorkerRuntime.builder().name("unwatched").workers(3).listener(listener);
    ((Carriers.Option) builder)
        .carriers((admission, events, domain, workers, spares, trackNanos) -> {
          Carriers real = new Scheduler(admission, events, domain, workers, spares, trackNanos);
          return (Carriers)
              Proxy.newProxyInstance(
                  Carriers.class.getClassLoader(),
                  new Class<?>[] {Carriers.class},
                  (_, method, arguments) ->
                      method.getName().equals("surroundings")
                          ? withoutWatch
                          : method.invoke(real, arguments));
        });
    assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(builder::start);
    // Of the others not all need have begun.
    assertThat(begun.get()).isPositive();
    assertThat(ended.get()).isEqualTo(begun.get());
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .filter(each -> each.getName().startsWith("unwatched-worker")))
        .isEmpty();
  }

  @EveryTier.Only(value = Tier.CARRIER, because = "tasks use workers whose threads have not begun")
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  @Tag("S15")
  @DisplayName("S15: a worker exits before another has begun: the end waits for both")
  void aWorkerExitsBeforeAnotherHasBegun(int late) throws Exception {
    AtomicInteger destroyed = new AtomicInteger();
    WorkerLocal<Object> local = WorkerLocal.of(Object::new, value -> destroyed.incrementAndGet());
    LateBegin factory = new LateBegin(late);
    Workers listener = new Workers();
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(2)
            .spareWorkers(0)
            .listener(listener)
            .threadFactory(factory)
            .start();
    runtime.run(() -> local.with(Object::hashCode));
    runtime.shutdown();
    Await.until("the other worker has exited", () -> listener.stopped.contains(1 - late));

    assertThat(destroyed).hasValue(1);
    assertThat(listener.started).containsExactly(1 - late);
    assertThat(runtime.awaitTermination(50, TimeUnit.MILLISECONDS)).isFalse();
    assertThat(runtime.phase()).isEqualTo(ShutdownPhase.DESTROYING);

    factory.let.countDown();
    ShutdownReport report = runtime.shutdown(LONG, LONG);
    assertThat(report.terminated()).isTrue();
    assertThat(report.made()).isOne();
    assertThat(report.destroyed()).isOne();
    assertThat(destroyed).hasValue(1);
    assertThat(listener.stopped).containsExactly(1 - late, late);
  }

  @Test
  @Tag("S15")
  @DisplayName("S15: nothing is destroyed while a task lives and a worker has not begun")
  void aTaskHoldsTheBarrierThoughAWorkerHasNotBegun() throws Exception {
    AtomicInteger destroyed = new AtomicInteger();
    WorkerLocal<Object> local = WorkerLocal.of(Object::new, value -> destroyed.incrementAndGet());
    LateBegin factory = new LateBegin(1);
    WorkerRuntime runtime =
        WorkerRuntime.builder().workers(2).spareWorkers(0).threadFactory(factory).start();
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch has = new CountDownLatch(1);
    Task<Integer> task =
        runtime.spawn(() -> {
          local.with(Object::hashCode);
          has.countDown();
          Await.unwillingly(go);
          return destroyed.get();
        });
    has.await();
    assertThat(runtime.shutdown(Duration.ZERO, Duration.ofMillis(50)).phase())
        .isEqualTo(ShutdownPhase.CANCELLING);
    factory.let.countDown();
    assertThat(runtime.shutdown(Duration.ZERO, Duration.ofMillis(50)).terminated()).isFalse();
    assertThat(destroyed).hasValue(0);
    go.countDown();
    assertThat(task.get()).isZero();
    assertThat(runtime.shutdown(LONG, LONG).terminated()).isTrue();
    assertThat(destroyed).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 64, 1024})
  @Tag("S19")
  @DisplayName("S19: the configured number of workers is the number of threads that carry tasks")
  void asManyWorkersAsConfigured(int workers) {
    FaultyFactory factory = new FaultyFactory(Fault.THROWS, workers, Integer.MAX_VALUE);
    Workers listener = new Workers();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(workers)
            .spareWorkers(0)
            .listener(listener)
            .threadFactory(factory)
            .start()) {
      assertThat(runtime.workers()).isEqualTo(workers);
      assertThat(factory.asked()).isEqualTo(workers);
      assertThat(factory.made()).allMatch(Thread::isAlive);
      Await.until("all have begun", () -> listener.started.size() >= workers);
      assertThat(runtime.toString()).contains(workers + " workers");
    }
    assertThat(factory.asked()).isEqualTo(workers);
    assertThat(factory.made()).noneMatch(Thread::isAlive);
    assertThat(listener.started).hasSize(workers).doesNotHaveDuplicates();
    assertThat(listener.started).allMatch(index -> index >= 0 && index < workers);
    assertThat(listener.threads).containsExactlyInAnyOrderElementsOf(factory.made());
    assertThat(listener.stopped).containsExactlyInAnyOrderElementsOf(listener.started);
  }

  @Test
  @Tag("S19")
  @DisplayName("S19: without a number there is one worker for each processor")
  void oneWorkerForEachProcessorByDefault() {
    Workers listener = new Workers();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().name("by-default").listener(listener).start()) {
      int processors = Runtime.getRuntime().availableProcessors();
      assertThat(runtime.workers()).isEqualTo(processors);
      assertThat(VmState.threads("by-default-worker-")).hasSize(processors);
    }
  }

  @Test
  void threadsInheritNothingFromTheThreadThatStarts() throws Exception {
    InheritableThreadLocal<String> inherited = new InheritableThreadLocal<>();
    AtomicReference<WorkerRuntime> started = new AtomicReference<>();
    Thread starter =
        Thread.ofPlatform()
            .priority(Thread.MIN_PRIORITY)
            .unstarted(() -> {
              inherited.set("of the starter");
              Thread.currentThread().setContextClassLoader(new ClassLoader() {});
              started.set(WorkerRuntime.builder().name("heir").workers(1).start());
            });
    starter.start();
    starter.join();
    try (WorkerRuntime runtime = started.get()) {
      WorkerLocal<Object> seen = WorkerLocal.of(Object::new);
      Callable<List<Object>> look =
          () -> {
            Thread current = Thread.currentThread();
            return Arrays.asList(
                current.getPriority(), current.getContextClassLoader(), inherited.get());
          };
      List<Object> nothing =
          Arrays.asList(Thread.NORM_PRIORITY, ClassLoader.getSystemClassLoader(), null);
      assertThat(runtime.spawnBlocking(look).get()).isEqualTo(nothing);
      assertThat(runtime.<List<Object>>run(() -> seen.onOwner(value -> called(look))))
          .isEqualTo(nothing);
      assertThat(VmState.threads("heir"))
          .isNotEmpty()
          .allMatch(thread -> thread.getPriority() == Thread.NORM_PRIORITY);
    }
  }

  private static <T> T called(Callable<T> callable) {
    try {
      return callable.call();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
