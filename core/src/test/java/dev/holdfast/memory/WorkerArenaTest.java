// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.local.EscapedReferenceException;
import dev.holdfast.runtime.PlaceTracking;
import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What users of an {@link Arena} expect of a scope, and what they may not expect of one. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class WorkerArenaTest {

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static WorkerRuntime oneWorker() {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).start();
  }

  @Test
  void takesItsMemoryFromSlabs() {
    // The tests run with the flag.
    assertThat(WorkerArena.isPooled()).isTrue();
  }

  @Test
  void segmentsAreZeroedAndAlignedAndDoNotOverlap() throws Exception {
    WorkerArena arena = WorkerArena.builder().slabSize(1024).build();
    try (WorkerRuntime runtime = oneWorker()) {
      for (int round = 0; round < 3; round++) {
        runtime.run(() -> {
          try (Arena scope = arena.open()) {
            List<MemorySegment> all = new ArrayList<>();
            for (long alignment = 1; alignment <= 4096; alignment *= 2) {
              for (long size : new long[] {0, 1, 7, 64, 300}) {
                MemorySegment segment = scope.allocate(size, alignment);
                assertThat(segment.byteSize()).isEqualTo(size);
                assertThat(segment.address() % alignment).isZero();
                assertThat(segment.scope()).isEqualTo(scope.scope());
                assertThat(segment.isNative()).isTrue();
                for (long at = 0; at < size; at++) {
                  assertThat(segment.get(ValueLayout.JAVA_BYTE, at)).isZero();
                }
                segment.fill((byte) 0xff);
                all.add(segment);
              }
            }
            for (int i = 0; i < all.size(); i++) {
              for (int j = 0; j < i; j++) {
                assertThat(all.get(i).asOverlappingSlice(all.get(j))).isEmpty();
              }
            }
          }
          return null;
        });
      }
    }
  }

  @Test
  void isAnArenaForWhoTakesOne() throws Exception {
    WorkerArena arena = WorkerArena.create();
    try (WorkerRuntime runtime = oneWorker()) {
      assertThat(
              runtime.run(() -> {
                try (Arena scope = arena.open()) {
                  return scope.allocateFrom("Grüße").getString(0)
                      + scope.allocateFrom(LONG, 1, 2, 3).getAtIndex(LONG, 2);
                }
              }))
          .isEqualTo("Grüße3");
    }
  }

  @Test
  @Tag("G4")
  @DisplayName("G4: after the close of its scope every access to a segment throws, on each thread")
  void segmentsAreDeadAfterTheClose() throws Exception {
    WorkerArena arena = WorkerArena.builder().slabSize(128).slabs(1).build();
    AtomicReference<MemorySegment> small = new AtomicReference<>();
    AtomicReference<MemorySegment> great = new AtomicReference<>();
    AtomicReference<Arena> closed = new AtomicReference<>();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        try (Arena scope = arena.open()) {
          small.set(scope.allocate(LONG));
          great.set(scope.allocate(10_000));
          closed.set(scope);
          assertThat(scope.scope().isAlive()).isTrue();
        }
        return null;
      });
      assertThat(closed.get().scope().isAlive()).isFalse();
      runtime.run(() -> {
        // The same memory again: what is late must not see it.
        try (Arena next = arena.open()) {
          MemorySegment segment = next.allocate(LONG);
          segment.set(LONG, 0, 42);
          for (MemorySegment dead : List.of(small.get(), great.get())) {
            assertDead(dead);
            Thread.ofPlatform().start(() -> assertDead(dead)).join();
          }
          assertThat(segment.get(LONG, 0)).isEqualTo(42);
        }
        return null;
      });
      assertThatThrownBy(() -> closed.get().allocate(1))
          .isInstanceOf(ScopeClosedException.class)
          .hasMessageContaining("allocate() of a scope of arena '" + arena.name() + "'");
      assertThatThrownBy(closed.get()::close)
          .isInstanceOf(ScopeClosedException.class)
          .hasMessageContaining("close() of a scope of arena '" + arena.name() + "'");
      assertThat(closed.get().toString()).contains(arena.name()).contains("closed");
    }
  }

  private static void assertDead(MemorySegment segment) {
    assertThatThrownBy(() -> segment.get(LONG, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> segment.set(LONG, 0, 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> segment.fill((byte) 1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> segment.asSlice(0, 8).get(LONG, 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  @DisplayName("a thread that reads in a loop sees the end of the scope once it was told of it")
  void compiledLoopsSeeTheEnd() throws Exception {
    WorkerArena arena = WorkerArena.create();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      for (int round = 0; round < 20; round++) {
        CountDownLatch reading = new CountDownLatch(1);
        AtomicReference<MemorySegment> segment = new AtomicReference<>();
        AtomicBoolean over = new AtomicBoolean();
        Task<Void> task =
            runtime.spawn(() -> {
              try (Arena scope = arena.open()) {
                segment.set(scope.allocate(LONG));
                reading.await();
              }
              over.set(true);
              return null;
            });
        Await.until("there is a segment", () -> segment.get() != null);
        MemorySegment read = segment.get();
        long sum = 0;
        for (int i = 0; i < 20_000; i++) {
          sum += read.get(LONG, 0);
        }
        assertThat(sum).isZero();
        reading.countDown();
        while (!over.get()) {
          Thread.onSpinWait();
        }
        assertThatThrownBy(() -> read.get(LONG, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(task.join()).isNull();
      }
    }
  }

  @Test
  void isUsedAcrossBlockingPointsAndOnOtherThreads() throws Exception {
    WorkerArena arena = WorkerArena.create();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      List<Task<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        long mark = i;
        all.add(
            runtime.spawn(() -> {
              try (Arena scope = arena.open()) {
                MemorySegment mine = scope.allocate(LONG);
                mine.set(LONG, 0, mark);
                Thread.yield();
                MemorySegment more =
                    runtime
                        .spawnBlocking(() -> {
                          MemorySegment made = scope.allocate(LONG);
                          made.set(LONG, 0, mine.get(LONG, 0) + 1);
                          return made;
                        })
                        .join();
                return mine.get(LONG, 0) == mark && more.get(LONG, 0) == mark + 1;
              }
            }));
      }
      for (Task<Boolean> each : all) {
        assertThat(each.join()).isTrue();
      }
    }
  }

  @Test
  void threadsThatAllocateAtTheSameTimeGetDifferentMemory() throws Exception {
    WorkerArena arena = WorkerArena.create();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      assertThat(
              runtime.run(() -> {
                Queue<Long> addresses = new ConcurrentLinkedQueue<>();
                try (Arena scope = arena.open()) {
                  List<Task<Void>> tasks = new ArrayList<>();
                  for (int i = 0; i < 4; i++) {
                    tasks.add(
                        runtime.spawn(() -> {
                          for (int j = 0; j < 3_000; j++) {
                            addresses.add(scope.allocate(LONG).address());
                          }
                          return null;
                        }));
                  }
                  tasks.forEach(Task::join);
                }
                return addresses.stream().distinct().count();
              }))
          .isEqualTo(12_000);
    }
  }

  @Test
  void whatTheSlabHasNoRoomForIsTakenFromTheSystem() throws Exception {
    WorkerArena arena = WorkerArena.builder().slabSize(64).build();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        try (Arena scope = arena.open()) {
          MemorySegment great = scope.allocate(50_000_000, 64);
          great.set(ValueLayout.JAVA_BYTE, great.byteSize() - 1, (byte) 1);
          assertThat(great.scope()).isEqualTo(scope.scope());
          assertThat(great.address() % 64).isZero();
          // There is still room for this one.
          assertThat(scope.allocate(LONG).get(LONG, 0)).isZero();
          assertThatThrownBy(() -> scope.allocate(Long.MAX_VALUE))
              .isInstanceOf(OutOfMemoryError.class);
        }
        return null;
      });
    }
  }

  @Test
  void sizesAndAlignmentsAreChecked() throws Exception {
    WorkerArena arena = WorkerArena.create();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        try (Arena scope = arena.open();
            Arena jdk = Arena.ofConfined()) {
          for (long[] wrong : new long[][] {{-1, 1}, {1, 0}, {1, 3}, {1, -8}}) {
            for (Arena each : List.of(jdk, scope)) {
              assertThatThrownBy(() -> each.allocate(wrong[0], wrong[1]))
                  .isInstanceOf(IllegalArgumentException.class)
                  .hasMessageContaining(Long.toString(wrong[0] < 0 ? wrong[0] : wrong[1]));
            }
          }
        }
        return null;
      });
    }
  }

  @Test
  void onlyTheTaskThatOpenedItClosesIt() throws Exception {
    WorkerArena arena = WorkerArena.create();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(2).start()) {
      runtime.run(() -> {
        try (Arena scope = arena.open()) {
          MemorySegment segment = scope.allocate(LONG);
          assertThatThrownBy(() -> runtime.spawn(asTask(scope)).join())
              .hasCauseInstanceOf(EscapedReferenceException.class);
          assertThatThrownBy(() -> runtime.spawnBlocking(asTask(scope)).join())
              .hasCauseInstanceOf(EscapedReferenceException.class);
          // It was left as it was.
          segment.set(LONG, 0, 5);
        }
        return null;
      });
      assertThatThrownBy(arena::open).isInstanceOf(EscapedReferenceException.class);
    }
  }

  private static java.util.concurrent.Callable<Void> asTask(Arena scope) {
    return () -> {
      scope.close();
      return null;
    };
  }

  @Test
  void moreScopesAreOpenThanThereAreSlabs() throws Exception {
    WorkerArena arena = WorkerArena.builder().slabs(2).slabSize(64).build();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        List<Arena> open = new ArrayList<>();
        List<MemorySegment> segments = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
          Arena scope = arena.open();
          MemorySegment segment = scope.allocate(LONG);
          segment.set(LONG, 0, i);
          open.add(scope);
          segments.add(segment);
        }
        for (int i = 0; i < 10; i++) {
          assertThat(segments.get(i).get(LONG, 0)).isEqualTo(i);
          open.get(i).close();
        }
        return null;
      });
    }
  }

  @Test
  @Tag("S6")
  @DisplayName("S6: a scope that its task forgot is reported, and its slab not used again")
  void aForgottenScopeIsALeak() throws Exception {
    Queue<ShutdownReport.Holder> leaks = new ConcurrentLinkedQueue<>();
    WorkerArena arena = WorkerArena.builder().name("parse").slabs(1).build();
    try (WorkerRuntime runtime =
        WorkerRuntime.builder()
            .workers(1)
            .listener(
                new RuntimeListener() {
                  @Override
                  public void leaked(ShutdownReport.Holder leak) {
                    leaks.add(leak);
                  }
                })
            .start()) {
      MemorySegment segment = runtime.run(() -> arena.open().allocate(LONG));
      Await.until("the leak is reported", () -> !leaks.isEmpty());
      assertThat(leaks).singleElement().extracting(ShutdownReport.Holder::name).isEqualTo("parse");
      runtime.run(() -> {
        try (Arena scope = arena.open()) {
          scope.allocate(LONG).set(LONG, 0, 1);
        }
        return null;
      });
      assertThat(segment.get(LONG, 0)).isZero();
    }
  }

  @Test
  @Tag("S6")
  @DisplayName(
      "S6: a scope is told with the line that opened it, as a leak and where it is misused")
  void aScopeIsToldWithTheLineThatOpenedIt() throws Exception {
    WorkerArena arena = WorkerArena.create();
    WorkerRuntime runtime =
        WorkerRuntime.builder().workers(1).placeTracking(PlaceTracking.ALL).start();
    try (runtime) {
      runtime.run(() -> {
        Arena scope = arena.open();
        assertThatThrownBy(() -> runtime.spawn(asTask(scope)).join())
            .cause()
            .isInstanceOf(EscapedReferenceException.class)
            .hasMessageContaining("; it was taken at dev.holdfast")
            .hasMessageContaining("WorkerArenaTest.java:");
        return null;
      });
    }
    assertThat(runtime.shutdown(Duration.ZERO, Duration.ZERO).leaks())
        .singleElement()
        .extracting(leak -> leak.stack().getFirst().getClassName())
        .isEqualTo(WorkerArenaTest.class.getName());
  }

  @Test
  @DisplayName("G4: use after the close is told with what the lease says of itself")
  void aClosedScopeSaysWhatBecameOfItsLease() throws Exception {
    WorkerArena arena = WorkerArena.builder().name("parse").build();
    try (WorkerRuntime runtime = oneWorker()) {
      runtime.run(() -> {
        Arena scope = arena.open();
        scope.close();
        assertThatThrownBy(scope::close)
            .isInstanceOf(ScopeClosedException.class)
            .cause()
            .isInstanceOf(EscapedReferenceException.class)
            .hasMessageContaining("the lease of local 'parse' of")
            .hasMessageContaining("after it was closed");
        assertThatThrownBy(() -> scope.allocate(LONG))
            .isInstanceOf(ScopeClosedException.class)
            .hasCauseInstanceOf(EscapedReferenceException.class);
        return null;
      });
    }
  }

  @Test
  void propertiesAreCheckedAndSetOnce() {
    assertThatThrownBy(() -> WorkerArena.builder().name(""))
        .hasMessage("name must not be blank, was ''");
    assertThatThrownBy(() -> WorkerArena.builder().name("a").name("b"))
        .hasMessage("name was already set to a and cannot be set to b");
    assertThatThrownBy(() -> WorkerArena.builder().slabSize(63))
        .hasMessage("slabSize must be from 64 to 1073741824 bytes, not 63");
    assertThatThrownBy(() -> WorkerArena.builder().slabs(0))
        .hasMessage("slabs must be from 1 to 65536, not 0");
    assertThat(WorkerArena.create()).asString().startsWith("WorkerArena[arena-");
  }
}
