// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.jackson.Subject.Reading;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testkit.junit.RuntimeTest;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntConsumer;
import java.util.logging.LogRecord;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the pool for either version of Jackson keeps to. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class PoolContract {

  private static final String DOCUMENT = "{\"a\":123,\"b\":\"foobar\",\"c\":[true,null,1.5]}";

  /** How many tokens there are after the first name. */
  private static final int LEFT = 10;

  private static final PoolOptions OPTIONS = PoolOptions.defaults().named("test");

  private final Subject.Version version;
  private final Subject json;

  protected PoolContract(Subject.Version version) {
    this.version = version;
    this.json = version.of(OPTIONS);
  }

  // What Jackson's own tests ask of its pools, in a task and outside.

  @RuntimeTest(workers = 1, spareWorkers = 0)
  void aRecyclerComesBackAndIsClearedInATask(WorkerRuntime runtime) throws Exception {
    inTask(runtime, this::aRecyclerComesBackAndIsCleared);
  }

  @Test
  void aRecyclerComesBackAndIsClearedOutside() throws Exception {
    aRecyclerComesBackAndIsCleared();
  }

  private void aRecyclerComesBackAndIsCleared() throws Exception {
    assertThat(json.count()).isZero();
    json.print("test");
    assertThat(json.count()).isEqualTo(1);
    Object used = json.acquire();
    assertThat(json.count()).isZero();
    json.release(used);
    assertThat(json.count()).isEqualTo(1);
    assertThat(json.acquire()).isSameAs(used);
    json.release(used);
    assertThat(json.clear()).isTrue();
    assertThat(json.count()).isZero();
    assertThat(json.acquire()).isNotNull().isNotSameAs(used);
  }

  @RuntimeTest(workers = 1, spareWorkers = 0)
  void parsersAndPrintersLeaveTheirRecyclerInATask(WorkerRuntime runtime) throws Exception {
    inTask(runtime, this::parsersAndPrintersLeaveTheirRecycler);
  }

  @Test
  void parsersAndPrintersLeaveTheirRecyclerOutside() throws Exception {
    parsersAndPrintersLeaveTheirRecycler();
  }

  private void parsersAndPrintersLeaveTheirRecycler() throws Exception {
    Reading reading = json.open(DOCUMENT);
    assertThat(reading.next()).isEqualTo("START_OBJECT");
    assertThat(json.count()).isZero();
    readToTheEnd(reading);
    reading.close();
    assertThat(json.count()).isEqualTo(1);
    json.print("text");
    assertThat(json.count()).isEqualTo(1);
    assertThat(json.copy(DOCUMENT)).isEqualTo(DOCUMENT);
    assertThat(json.count()).isEqualTo(2);
  }

  // Bounds.

  @RuntimeTest(workers = 1, spareWorkers = 0)
  void keepsNoMoreRecyclersThanItMay(WorkerRuntime runtime) throws Exception {
    Subject few = version.of(OPTIONS.recyclers(3));
    inTask(runtime, () -> acquireAll(few, 10).forEach(few::release));
    assertThat(few.count()).isEqualTo(3);
    acquireAll(few, 10).forEach(few::release);
    assertThat(few.count()).as("outside as many again").isEqualTo(6);
  }

  @RuntimeTest(workers = 1, spareWorkers = 0)
  void keepsNoMoreBytesThanItMay(WorkerRuntime runtime) throws Exception {
    Subject small = version.of(OPTIONS.bytes(100_000));
    inTask(runtime, () -> keepsNoMoreBytes(small));
    assertThat(small.count()).isEqualTo(1);
    keepsNoMoreBytes(small);
    assertThat(small.count()).isEqualTo(2);
  }

  private static void keepsNoMoreBytes(Subject small) {
    List<Object> recyclers = acquireAll(small, 4);
    small.grow(recyclers.get(0), 100_001);
    small.release(recyclers.get(0));
    small.grow(recyclers.get(1), 60_000);
    small.release(recyclers.get(1));
    small.grow(recyclers.get(2), 60_000);
    small.release(recyclers.get(2));
    Object kept = small.acquire();
    assertThat(kept).isSameAs(recyclers.get(1));
    // What was taken is not counted any more.
    small.grow(recyclers.get(3), 90_000);
    small.release(recyclers.get(3));
    assertThat(small.acquire()).isSameAs(recyclers.get(3));
    small.release(kept);
  }

  @Test
  void countsTheBuffersOfEachKind() throws Exception {
    Subject small = version.of(OPTIONS.bytes(100_000));
    small.grownOfEachKind(100_001).forEach(small::release);
    assertThat(small.count()).isZero();
    List<Object> all = small.grownOfEachKind(100);
    assertThat(all).hasSize(8);
    all.forEach(small::release);
    assertThat(small.count()).isEqualTo(8);
  }

  // Who uses what.

  @ParameterizedTest
  @EnumSource
  void nobodyHasTheSameRecyclerAtTheSameTime(Tier tier) throws Exception {
    try (WorkerRuntime runtime = ofTwoWorkers(tier)) {
      Set<Object> inUse = ConcurrentHashMap.newKeySet();
      Callable<Boolean> use =
          () -> {
            boolean alone = true;
            for (int i = 0; i < 20; i++) {
              Object recycler = json.acquire();
              alone &= inUse.add(recycler);
              if (i % 4 == 0) {
                giveWay();
              }
              inUse.remove(recycler);
              json.release(recycler);
            }
            return alone;
          };
      // Also outside of all workers, and beside clears.
      List<FutureTask<Boolean>> outside = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        FutureTask<Boolean> each = new FutureTask<>(use);
        outside.add(each);
        Thread.ofVirtual().start(each);
      }
      List<Task<Boolean>> tasks =
          IntStream.range(0, 10_000).mapToObj(_ -> runtime.spawn(use)).toList();
      for (int i = 0; i < 100; i++) {
        json.clear();
      }
      for (Task<Boolean> each : tasks) {
        assertThat(each.join()).isTrue();
      }
      for (FutureTask<Boolean> each : outside) {
        assertThat(each.get()).isTrue();
      }
      assertThat(json.count()).isLessThanOrEqualTo(OPTIONS.recyclers() * (runtime.workers() + 1));
    }
  }

  @Test
  void nobodyOutsideHasTheSameRecyclerAtTheSameTime() throws Exception {
    Set<Object> inUse = ConcurrentHashMap.newKeySet();
    List<FutureTask<Boolean>> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      FutureTask<Boolean> each =
          new FutureTask<>(() -> {
            boolean alone = true;
            for (int use = 0; use < 50_000; use++) {
              Object recycler = json.acquire();
              alone &= inUse.add(recycler);
              inUse.remove(recycler);
              json.release(recycler);
            }
            return alone;
          });
      threads.add(each);
      Thread.ofPlatform().start(each);
    }
    for (FutureTask<Boolean> each : threads) {
      assertThat(each.get()).isTrue();
    }
    assertThat(json.count()).isBetween(1, OPTIONS.recyclers());
  }

  @ParameterizedTest
  @EnumSource
  void tenThousandOpenAtOnceLeaveNoMoreThanTheBound(Tier tier) throws Exception {
    try (WorkerRuntime runtime = ofTwoWorkers(tier)) {
      int tasks = 10_000;
      CountDownLatch reached = new CountDownLatch(tasks);
      CountDownLatch open = new CountDownLatch(1);
      List<Task<Integer>> all =
          IntStream.range(0, tasks)
              .mapToObj(i ->
                  runtime.spawn(() -> {
                    Reading reading =
                        json.open(new Gate("[\"" + i + "\",", "\"end\"]", reached, open));
                    int tokens = readToTheEnd(reading);
                    reading.close();
                    return tokens;
                  }))
              .toList();
      reached.await();
      open.countDown();
      for (Task<Integer> each : all) {
        assertThat(each.join()).isEqualTo(4);
      }
      assertThat(json.count()).isBetween(1, OPTIONS.recyclers() * runtime.workers());
    }
  }

  @RuntimeTest
  void whatIsReadAndPrintedIsRight(WorkerRuntime runtime) throws Exception {
    List<Task<Boolean>> tasks =
        IntStream.range(0, 10_000)
            .mapToObj(i -> {
              String document =
                  IntStream.range(0, 20)
                      .mapToObj(each -> "\"" + i + "-".repeat(each * (i % 100)) + each + "\"")
                      .collect(joining(",", "[", "]"));
              return runtime.spawn(() -> json.copy(document).equals(document));
            })
            .toList();
    for (Task<Boolean> each : tasks) {
      assertThat(each.join()).isTrue();
    }
  }

  // Other ends than those of the task that has opened it.

  @ParameterizedTest
  @EnumSource
  void isClosedByAnotherTask(Tier tier) throws Exception {
    try (WorkerRuntime runtime = ofTwoWorkers(tier)) {
      for (int i = 0; i < 100; i++) {
        Reading reading = runtime.run(this::opened);
        assertThat(runtime.spawn(() -> closed(reading)).join()).isEqualTo(LEFT);
      }
      assertThat(json.count()).isBetween(1, OPTIONS.recyclers() * runtime.workers());
    }
  }

  @RuntimeTest
  void isClosedByABlockingJob(WorkerRuntime runtime) throws Exception {
    Reading reading = runtime.run(this::opened);
    assertThat(runtime.spawnBlocking(() -> closed(reading)).join()).isEqualTo(LEFT);
    assertThat(json.count()).isEqualTo(1);
  }

  @RuntimeTest(workers = 1, spareWorkers = 0)
  void isOpenedOutsideAndClosedInATask(WorkerRuntime runtime) throws Exception {
    Reading reading = opened();
    assertThat(runtime.run(() -> closed(reading))).isEqualTo(LEFT);
    assertThat(json.count()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void isReadOnAfterTheRuntimeHasEnded(Tier tier) throws Exception {
    Reading reading;
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(tier).workers(1).spareWorkers(0).start()) {
      runtime.run(() -> json.copy(DOCUMENT));
      reading = runtime.run(this::opened);
      assertThat(json.pool())
          .hasToString("WorkerRecyclerPool[test: 1 at rest, of 1 workers and outside]");
    }
    assertThat(json.pool()).asString().contains("of 0 workers");
    assertThat(json.count()).as("kept for a worker that has ended").isZero();
    assertThat(closed(reading)).isEqualTo(LEFT);
    assertThat(json.count()).isEqualTo(1);
  }

  @RuntimeTest
  void isReadOnByATaskThatIsInterrupted(WorkerRuntime runtime) throws Exception {
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch open = new CountDownLatch(1);
    Task<Integer> task =
        runtime.spawn(() -> {
          Reading reading = opened();
          reached.countDown();
          try {
            open.await();
          } catch (InterruptedException e) {
            return closed(reading);
          }
          return -1;
        });
    reached.await();
    runtime.shutdownNow();
    assertThat(task.join()).isEqualTo(LEFT);
  }

  @ParameterizedTest
  @EnumSource
  void isUsedByTheDestructorThatRunsLast(Tier tier) throws Exception {
    AtomicReference<String> printed = new AtomicReference<>();
    WorkerLocal<String> older =
        WorkerLocal.of(
            () -> "older",
            _ -> {
              try {
                printed.set(json.copy(DOCUMENT));
              } catch (IOException e) {
                throw new AssertionError(e);
              }
            });
    try (WorkerRuntime runtime =
        WorkerRuntime.builder().tier(tier).workers(1).spareWorkers(0).start()) {
      runtime.run(() -> older.with(String::length));
      runtime.run(() -> json.copy(DOCUMENT));
      assertThat(json.count()).isEqualTo(2);
    }
    assertThat(printed).hasValue(DOCUMENT);
    assertThat(json.count()).as("of the destructor's").isEqualTo(2);
  }

  // What nobody closes.

  @RuntimeTest(workers = 1, spareWorkers = 0)
  void whatIsNeverClosedIsCollectedAndNotUsedAgain(WorkerRuntime runtime) throws Exception {
    List<WeakReference<Object>> forgotten = new ArrayList<>();
    inTask(
        runtime,
        () -> {
          json.copy(DOCUMENT);
          for (int i = 0; i < 100; i++) {
            json.open(DOCUMENT).next();
            forgotten.add(new WeakReference<>(json.acquire()));
          }
        });
    assertThat(json.count()).isZero();
    Collected.until(
        "all that was forgotten is gone",
        () -> forgotten.stream().allMatch(each -> each.refersTo(null)));
    inTask(runtime, () -> assertThat(json.copy(DOCUMENT)).isEqualTo(DOCUMENT));
    assertThat(json.count()).isEqualTo(2);
    assertThat(json.unreleased()).as("of a pool that does not track").isZero();
  }

  @RuntimeTest(workers = 1, spareWorkers = 0)
  void whatIsNeverClosedIsReportedWithItsPlace(WorkerRuntime runtime) throws Exception {
    Subject tracked = version.of(OPTIONS.trackPlaces());
    try (Warnings warnings = Warnings.begin()) {
      runtime
          .spawn(
              "careless",
              () -> {
                tracked.copy(DOCUMENT);
                for (int i = 0; i < 3; i++) {
                  openAndForget(tracked);
                }
                return null;
              })
          .join();
      Collected.until("all three are noticed", () -> tracked.unreleased() == 3);
      assertThat(warnings.records())
          .hasSize(3)
          .allSatisfy(each -> {
            assertThat(each.getMessage())
                .contains("pool 'test'", "without having been released", "'careless'");
            assertThat(frames(each)).contains("openAndForget");
          });
    }
    inTask(runtime, () -> tracked.copy(DOCUMENT));
    assertThat(tracked.unreleased()).isEqualTo(3);
  }

  private static void openAndForget(Subject tracked) throws IOException {
    tracked.open(DOCUMENT).next();
  }

  private static List<String> frames(LogRecord of) {
    return methods(of.getThrown());
  }

  private static List<String> methods(Throwable place) {
    return List.of(place.getStackTrace()).stream().map(StackTraceElement::getMethodName).toList();
  }

  // Misuse.

  @RuntimeTest(workers = 1, spareWorkers = 0)
  void aSecondReleaseIsRefused(WorkerRuntime runtime) throws Exception {
    inTask(runtime, () -> aSecondReleaseIsRefused(json));
    aSecondReleaseIsRefused(json);
  }

  private static void aSecondReleaseIsRefused(Subject json) {
    json.clear();
    Object recycler = json.acquire();
    json.release(recycler);
    // As Jackson has it: a recycler that was released does not know its pool any more.
    json.release(recycler);
    assertThatThrownBy(() -> json.releasePooled(recycler))
        .isInstanceOf(RecyclerMisuseException.class)
        .hasMessageContaining("pool 'test' was released on ")
        .hasMessageContaining("and it had been released before")
        .hasMessageContaining("trackPlaces()")
        .hasNoCause();
    assertThat(json.count()).isEqualTo(1);
    assertThat(json.acquire()).isSameAs(recycler);
    assertThat(json.acquire()).isNotSameAs(recycler);
    json.release(recycler);
  }

  @RuntimeTest(workers = 1, spareWorkers = 0)
  void aSecondReleaseNamesThePlaceOfTaking(WorkerRuntime runtime) throws Exception {
    Subject tracked = version.of(OPTIONS.trackPlaces());
    Task<Object> taken =
        runtime.spawn(
            "hasty",
            () -> {
              Object recycler = tracked.acquireUnlinked();
              tracked.releasePooled(recycler);
              return recycler;
            });
    Object recycler = taken.join();
    assertThatThrownBy(() -> tracked.releasePooled(recycler))
        .isInstanceOf(RecyclerMisuseException.class)
        .hasMessageContaining("it was last taken by virtual thread 'hasty'")
        .cause()
        .satisfies(place ->
            assertThat(methods(place)).anyMatch(each -> each.contains("aSecondReleaseNames")));
    assertThat(tracked.unreleased()).isZero();
  }

  @Test
  void ofTwoThatReleaseAtTheSameTimeOneDoes() throws Exception {
    int rounds = 1_000;
    AtomicReferenceArray<Object> recyclers = new AtomicReferenceArray<>(rounds);
    AtomicIntegerArray arrived = new AtomicIntegerArray(rounds);
    AtomicIntegerArray refused = new AtomicIntegerArray(rounds);
    IntConsumer release =
        round -> {
          arrived.incrementAndGet(round);
          for (int looks = 0; arrived.get(round) < 2; looks++) {
            if (looks > 1_000) {
              giveWay();
            }
          }
          try {
            json.releasePooled(recyclers.get(round));
          } catch (RecyclerMisuseException e) {
            refused.incrementAndGet(round);
          }
        };
    for (int round = 0; round < rounds; round++) {
      recyclers.set(round, json.acquireUnlinked());
    }
    Thread other = Thread.ofPlatform().start(() -> IntStream.range(0, rounds).forEach(release));
    IntStream.range(0, rounds).forEach(release);
    other.join();
    for (int round = 0; round < rounds; round++) {
      assertThat(refused.get(round)).as("round %d", round).isEqualTo(1);
    }
    assertThat(json.count()).isLessThanOrEqualTo(OPTIONS.recyclers());
  }

  @Test
  void whatIsOfNoPoolOrOfAnotherIsRefused() {
    assertThatThrownBy(() -> json.releasePooled(json.strange()))
        .isInstanceOf(RecyclerMisuseException.class)
        .hasMessageContaining("BufferRecycler was released to pool 'test', which did not make it");
    Subject other = version.of(OPTIONS.named("other"));
    Object recycler = other.acquireUnlinked();
    assertThatThrownBy(() -> json.releasePooled(recycler))
        .isInstanceOf(RecyclerMisuseException.class)
        .hasMessageContaining("pool 'other' was released to pool 'test'");
    other.releasePooled(recycler);
    assertThat(other.count()).isEqualTo(1);
    assertThat(json.count()).isZero();
  }

  @Test
  void whatKnowsItsWayBackGoesThere() {
    Object linked = json.acquire();
    json.releasePooled(linked);
    assertThat(json.count()).isEqualTo(1);
    // It was unlinked, or this would throw.
    assertThat(json.acquire()).isSameAs(linked);
    json.release(linked);

    Object jacksons = json.ofJacksonsPool();
    json.releasePooled(jacksons);
    assertThat(json.count()).isEqualTo(1);
    assertThat(json.countOfJacksonsPool()).isEqualTo(1);
  }

  // What is kept alive.

  @RuntimeTest
  void aPoolThatNobodyUsesIsCollectedWithAllItKeeps(WorkerRuntime runtime) throws Exception {
    List<WeakReference<Object>> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      Subject own = version.of(OPTIONS);
      runtime.run(() -> own.copy(DOCUMENT));
      all.add(new WeakReference<>(own.pool()));
      all.add(
          runtime.run(() -> {
            Object recycler = own.acquire();
            own.release(recycler);
            return new WeakReference<>(recycler);
          }));
    }
    Collected.until(
        "the pools are gone while the runtime lives",
        () -> all.stream().allMatch(each -> each.refersTo(null)));
  }

  @ParameterizedTest
  @EnumSource
  void aRuntimeThatHasEndedIsCollectedThoughThePoolLives(Tier tier) throws Exception {
    List<WeakReference<Object>> all = new ArrayList<>();
    runShortly(tier, all);
    Collected.until(
        "runtime, worker and recycler are gone while the pool lives",
        () -> all.stream().allMatch(each -> each.refersTo(null)));
    assertThat(json.count()).isZero();
  }

  private void runShortly(Tier tier, List<WeakReference<Object>> all) throws Exception {
    WorkerLocal<Thread> worker = WorkerLocal.of(Thread::currentThread, _ -> {});
    try (WorkerRuntime runtime = WorkerRuntime.builder().tier(tier).start()) {
      inTask(
          runtime,
          () -> {
            Object recycler = json.acquire();
            json.release(recycler);
            all.add(new WeakReference<>(recycler));
            all.add(new WeakReference<>(worker.<Thread>onOwner(_ -> Thread.currentThread())));
          });
      all.add(new WeakReference<>(runtime));
    }
  }

  // Java's serialisation.

  @Test
  void theSharedPoolIsReadAsItself() throws Exception {
    Subject shared = version.shared();
    assertThat(shared.serialised().pool()).isSameAs(shared.pool());
    assertThat(version.shared().pool()).isSameAs(shared.pool());
  }

  @Test
  void anotherPoolIsReadAsAnEmptyOneWithItsOptions() throws Exception {
    Subject own = version.of(OPTIONS.recyclers(3).bytes(123_456).trackPlaces());
    own.copy(DOCUMENT);
    Subject copy = own.serialised();
    assertThat(copy.pool()).isNotSameAs(own.pool()).isNotSameAs(version.shared().pool());
    assertThat(copy.options()).isEqualTo(own.options());
    assertThat(copy.count()).isZero();
    assertThat(copy.copy(DOCUMENT)).isEqualTo(DOCUMENT);
    assertThat(copy.count()).isEqualTo(2);
    assertThat(own.count()).isEqualTo(2);
  }

  /** Without spare workers, so that the number of places is known. */
  private static WorkerRuntime ofTwoWorkers(Tier tier) {
    return WorkerRuntime.builder().tier(tier).workers(2).spareWorkers(0).start();
  }

  private Reading opened() throws IOException {
    Reading reading = json.open(DOCUMENT);
    assertThat(reading.next()).isEqualTo("START_OBJECT");
    assertThat(reading.next()).endsWith("NAME");
    return reading;
  }

  /** Reads to the end, closes, and returns how many tokens that were. */
  private static int closed(Reading reading) throws IOException {
    int tokens = readToTheEnd(reading);
    reading.close();
    return tokens;
  }

  private static int readToTheEnd(Reading reading) throws IOException {
    int tokens = 0;
    while (reading.next() != null) {
      tokens++;
    }
    return tokens;
  }

  private static List<Object> acquireAll(Subject from, int count) {
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(from.acquire());
    }
    return all;
  }

  @SuppressWarnings("ThreadPriorityCheck") // so that others use the pool meanwhile
  private static void giveWay() {
    Thread.yield();
  }

  private interface Body {
    void run() throws Exception;
  }

  private static void inTask(WorkerRuntime runtime, Body body) throws Exception {
    try {
      runtime.run(() -> {
        body.run();
        return null;
      });
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }
}
