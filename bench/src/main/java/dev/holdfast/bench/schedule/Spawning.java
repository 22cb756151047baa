// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The list by which Tokio measures its scheduler: the same names, sizes and shapes. */
@SuppressWarnings("ThreadPriorityCheck") // yielding is what some of them are about
final class Spawning {

  private static final int YIELDERS = 200;
  private static final int YIELDS = 1_000;
  private static final int REMOTE_THREADS = 2;
  private static final long STALL_NANOS = TimeUnit.MICROSECONDS.toNanos(10);

  private Spawning() {}

  static List<Workload> all(Config config) {
    int divisor = config.pick(1, 1, 1_000);
    return Stream.of(
            floors(spawnManyLocal()),
            floors(
                new Workload("spawn_many_remote_idle", "task", 10_000, Spawning::spawnManyRemote)),
            new Workload(
                    "spawn_many_remote_busy1", "task", 10_000, Spawning::spawnManyBesideYielders)
                .limited(),
            pools(
                new Workload(
                        "spawn_many_remote_busy2", "task", 1_000, Spawning::spawnManyBesideSpawners)
                    .limited()),
            floors(new Workload("remote_spawn", "task", 12_800, Spawning::remoteSpawn)),
            floors(new Workload("chained_spawn", "task", 1_000, Spawning::chainedSpawn)),
            new Workload("ping_pong", "pair", 1_000, Spawning::pingPong)
                .with(
                    Contestant.FORK_JOIN,
                    "two futures, of which each step is a stage that the pool runs",
                    Spawning::pingPongByStages),
            yieldMany())
        .map(workload -> workload.of(Math.max(1, workload.size() / divisor)))
        .toList();
  }

  static Workload spawnManyLocal() {
    return new Workload("spawn_many_local", "task", 10_000, Spawning::spawnManyLocal);
  }

  static Workload yieldMany() {
    return new Workload("yield_many", "yield", YIELDERS * YIELDS, Spawning::yieldMany)
        .floor(Floors.YIELD, size -> Floors.yields(YIELDERS, size));
  }

  /** What only spawns, any pool can do. */
  private static Workload pools(Workload workload) {
    return workload.with(Contestant.FORK_JOIN).with(Contestant.FIXED);
  }

  private static Workload floors(Workload workload) {
    return pools(workload)
        .floor(Floors.UNSTARTED, Floors::unstarted)
        .floor(Contestant.FLOOR + "-run", Floors.STARTED, Floors::started);
  }

  private static void spawnManyLocal(Carriers carriers, int size) throws InterruptedException {
    Countdown done = new Countdown(size);
    carriers.start(() -> spawnMany(carriers, size, done));
    done.await();
  }

  private static void spawnManyRemote(Carriers carriers, int size) throws InterruptedException {
    Countdown done = new Countdown(size);
    spawnMany(carriers, size, done);
    done.await();
  }

  private static void spawnMany(Carriers carriers, int size, Countdown done) {
    Runnable body = done::ended;
    for (int i = 0; i < size; i++) {
      carriers.start(body);
    }
  }

  /** The carriers are busy with tasks that compute and yield. */
  private static void spawnManyBesideYielders(Carriers carriers, int size)
      throws InterruptedException {
    int count = 2 * Runtime.getRuntime().availableProcessors();
    Busy busy = new Busy(count);
    for (int i = 0; i < count; i++) {
      carriers.start(() -> {
        while (busy.goesOn()) {
          Thread.yield();
          stall();
        }
        busy.ended();
      });
    }
    spawnManyRemote(carriers, size);
    busy.stop();
  }

  /** The carriers are busy with tasks that compute and start their successors. */
  private static void spawnManyBesideSpawners(Carriers carriers, int size)
      throws InterruptedException {
    int count = Runtime.getRuntime().availableProcessors();
    Busy busy = new Busy(count);
    for (int i = 0; i < count; i++) {
      succeed(carriers, busy);
    }
    spawnManyRemote(carriers, size);
    busy.stop();
  }

  private static void succeed(Carriers carriers, Busy busy) {
    if (busy.goesOn()) {
      carriers.start(() -> {
        stall();
        succeed(carriers, busy);
      });
    } else {
      busy.ended();
    }
  }

  /**
   * Tasks that keep the carriers busy until they are told to stop, or for so long that what waits
   * beside them must be starved.
   */
  private static final class Busy {
    private final Countdown ended;
    private final long begin = System.nanoTime();
    private volatile boolean stopped;

    Busy(int count) {
      ended = new Countdown(count);
    }

    boolean goesOn() {
      return !stopped && System.nanoTime() - begin < Workload.STARVED_NANOS;
    }

    void ended() {
      ended.ended();
    }

    void stop() throws InterruptedException {
      stopped = true;
      ended.await();
    }
  }

  private static void stall() {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < STALL_NANOS) {
      Thread.onSpinWait();
    }
  }

  /** Several threads outside spawn at the same time. */
  private static void remoteSpawn(Carriers carriers, int size) throws InterruptedException {
    int each = Math.max(1, size / REMOTE_THREADS);
    Countdown done = new Countdown(each * REMOTE_THREADS);
    for (int i = 0; i < REMOTE_THREADS; i++) {
      Thread.ofPlatform().daemon().start(() -> spawnMany(carriers, each, done));
    }
    done.await();
  }

  private static void chainedSpawn(Carriers carriers, int size) throws InterruptedException {
    Countdown done = new Countdown(1);
    link(carriers, size, done);
    done.await();
  }

  private static void link(Carriers carriers, int left, Countdown done) {
    if (left == 0) {
      done.ended();
    } else {
      carriers.start(() -> link(carriers, left - 1, done));
    }
  }

  /** Pairs of tasks, each of which waits once for the other. */
  private static void pingPong(Carriers carriers, int size) throws InterruptedException {
    Countdown done = new Countdown(size);
    carriers.start(() -> {
      for (int i = 0; i < size; i++) {
        carriers.start(() -> {
          CompletableFuture<Boolean> ping = new CompletableFuture<>();
          CompletableFuture<Boolean> pong = new CompletableFuture<>();
          carriers.start(() -> pong.complete(ping.join()));
          ping.complete(true);
          pong.join();
          done.ended();
        });
      }
    });
    done.await();
  }

  private static void pingPongByStages(Carriers carriers, int size) throws InterruptedException {
    Countdown done = new Countdown(size);
    carriers.start(() -> {
      for (int i = 0; i < size; i++) {
        carriers.start(() -> {
          CompletableFuture<Boolean> ping = new CompletableFuture<>();
          CompletableFuture<Boolean> pong = new CompletableFuture<>();
          carriers.start(() -> {
            CompletableFuture<?> _ = ping.thenAcceptAsync(pong::complete, carriers::start);
          });
          CompletableFuture<?> _ = pong.thenRunAsync(done::ended, carriers::start);
          ping.complete(true);
        });
      }
    });
    done.await();
  }

  private static void yieldMany(Carriers carriers, int size) throws InterruptedException {
    int yields = Math.max(1, size / YIELDERS);
    Countdown done = new Countdown(YIELDERS);
    for (int i = 0; i < YIELDERS; i++) {
      carriers.start(() -> {
        for (int j = 0; j < yields; j++) {
          Thread.yield();
        }
        done.ended();
      });
    }
    done.await();
  }
}
