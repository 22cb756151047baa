// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import dev.holdfast.doomsday.Work.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** What happens in each scenario, from the first values on until all tasks are free to end. */
final class Scenes {

  /** For a wait that is to end before the tasks do. */
  private static final Duration SHORT = Duration.ofMillis(25);

  /** Tasks that destructors submit in one round, at most. */
  private static final int MOST_SPAWNED = 8;

  private static final int SUBMITTERS = 2;

  /** Tasks that each thread outside submits at most; the runtime is to be ended before that. */
  private static final int MOST_SUBMITTED = 150;

  /** How long a destructor waits to see whether its end is waited for. */
  private static final Duration SLOW = Duration.ofMillis(15);

  /** What most timers are set to at most, and some of them. */
  private static final int SOON_NANOS = 8_000_000;

  private static final int LATE_NANOS = 40_000_000;

  private Scenes() {}

  /** Plays what a scenario is; the round then wakes what is left and judges. */
  static void play(Scenario scenario, Stage stage) {
    switch (scenario) {
      case IDLE -> idle(stage);
      case BUSY -> busy(stage);
      case PARKED -> parked(stage);
      case QUEUED -> queued(stage);
      case SUBMITTED -> submitted(stage);
      case DEAF -> deaf(stage);
      case TIMERS -> timers(stage);
      case BLOCKING_JOBS -> blockingJobs(stage);
      case WAKE_UPS -> wakeUps(stage);
      case SLOW_DESTRUCTOR -> slowDestructor(stage);
      case FAILING_DESTRUCTOR -> failingDestructor(stage);
      case SPAWNING_DESTRUCTOR -> spawningDestructor(stage);
      case FROM_INSIDE -> fromInside(stage);
      case TWICE -> twice(stage);
      case FOREIGN_HOLDER -> foreignHolder(stage);
      case JVM_EXIT -> untilExit(stage);
    }
  }

  private static void idle(Stage stage) {
    stage.pause();
    stage.end();
  }

  private static void busy(Stage stage) {
    List<Work> works = stage.submit(stage.between(2, 1 + 2 * stage.threads()), Kind.COMPUTES);
    stage.awaitBegun(works.subList(0, 1));
    stage.pause();
    if (stage.between(0, 1) == 0) {
      stage.wake(works.subList(0, 1));
    }
    stage.ask();
    stage.pause();
    stage.wake(works);
  }

  private static void parked(Stage stage) {
    List<Work> works = stage.submit(stage.between(1, 2 * stage.threads()), Kind.PARKS);
    stage.awaitBegun(works);
    stage.ask();
    stage.pause();
    stage.wake(works);
  }

  private static void queued(Stage stage) {
    List<Work> gates = stage.occupy();
    List<Work> waiting = stage.submit(stage.between(1, 20), Kind.SHORT);
    waiting.addAll(stage.submit(stage.between(0, 4), Kind.PARKS));
    stage.ask();
    stage.pause();
    stage.wake(gates);
    stage.wake(waiting);
  }

  private static void submitted(Stage stage) {
    for (int i = 0; i < SUBMITTERS; i++) {
      List<Work> ready = new ArrayList<>();
      for (int j = 0; j < MOST_SUBMITTED; j++) {
        ready.add(stage.work(Kind.SHORT));
      }
      stage.submitOutside(ready);
    }
    stage.pause();
    stage.end();
  }

  private static void deaf(Stage stage) {
    List<Work> works = stage.submit(stage.between(1, stage.threads()), Kind.DEAF);
    works.addAll(stage.submit(1, Kind.COMPUTES));
    stage.awaitBegun(works);
    stage.pause();
    stage.awaitFor(stage.ask(SHORT), SHORT.multipliedBy(2));
    stage.pause();
    stage.wake(works);
  }

  private static void timers(Stage stage) {
    for (int i = stage.between(1, 8); i > 0; i--) {
      int most = i % 4 == 0 ? LATE_NANOS : SOON_NANOS;
      stage.schedule(stage.work(Kind.SHORT), Duration.ofNanos(stage.between(0, most)));
    }
    stage.pause();
    stage.end();
  }

  private static void blockingJobs(Stage stage) {
    List<Work> works = new ArrayList<>();
    for (int i = stage.between(1, stage.threads() + 2); i > 0; i--) {
      Work work = stage.work(Kind.DEAF);
      stage.submitBlocking(work);
      works.add(work);
    }
    if (stage.between(0, 1) == 0) {
      stage.awaitBegun(works);
    }
    stage.submit(stage.between(0, 4), Kind.SHORT);
    stage.pause();
    stage.ask();
    stage.pause();
    stage.wake(works);
  }

  private static void wakeUps(Stage stage) {
    List<Work> works = stage.submit(stage.between(2, 12), Kind.PARKS);
    works.addAll(stage.submit(1, Kind.DEAF));
    stage.awaitBegun(works);
    int half = works.size() / 2;
    Wakers wakers = new Wakers(works);
    stage.wake(works.subList(0, half));
    Closing closing = stage.end();
    stage.wake(works.subList(half, works.size()));
    stage.awaitReturn(closing);
    wakers.stop();
  }

  private static void slowDestructor(Stage stage) {
    Set<Owner> begun = ConcurrentHashMap.newKeySet();
    // The first destructor of each thread gives who waits for it the time to return too early.
    stage
        .witness()
        .destructor(value -> {
          if (begun.add(value.owner())) {
            Waiting.until(SLOW, stage::anyReturned);
          }
        });
    parked(stage);
  }

  private static void failingDestructor(Stage stage) {
    AtomicInteger count = new AtomicInteger(stage.between(0, 1));
    stage
        .witness()
        .destructor(value -> {
          if (count.getAndIncrement() % 2 == 0) {
            throw new IllegalStateException("the destructor of " + value + " throws, as it should");
          }
        });
    parked(stage);
  }

  private static void spawningDestructor(Stage stage) {
    Queue<Work> ready = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < MOST_SPAWNED; i++) {
      ready.add(stage.work(Kind.TOUCHES_NOTHING));
    }
    stage
        .witness()
        .destructor(value -> {
          Work work = ready.poll();
          if (work != null) {
            stage.submit(work);
          }
        });
    parked(stage);
  }

  private static void fromInside(Stage stage) {
    Closing closing = stage.closing(stage.way(), SHORT);
    Work closer = stage.work(Kind.PARKS).doing(closing);
    List<Work> works = stage.submit(stage.between(0, 2 * stage.threads()), Kind.PARKS);
    stage.submit(closer);
    stage.pause();
    stage.wake(works);
    closer.wake();
    stage.awaitFor(closing, SHORT.multipliedBy(2));
    stage.end();
  }

  private static void twice(Stage stage) {
    List<Work> works = stage.submit(stage.between(0, 2 * stage.threads()), Kind.PARKS);
    stage.awaitBegun(works);
    Duration limit = stage.limits().patience().multipliedBy(4);
    stage.end();
    for (int i = stage.between(1, 3); i > 0; i--) {
      stage.endAlso(stage.anyWay(), limit);
    }
    stage.pause();
    stage.wake(works);
  }

  private static void foreignHolder(Stage stage) {
    Queue<Reference> taken = new ConcurrentLinkedQueue<>();
    List<Work> works = new ArrayList<>();
    for (int i = stage.between(1, 4); i > 0; i--) {
      int slot = stage.between(0, Work.SLOTS - 1);
      Work work = stage.work(Kind.SHORT).doing(() -> taken.add(stage.runtime().outside(slot)));
      stage.submit(work);
      works.add(work);
    }
    Waiting.until(stage.limits().patience(), () -> works.stream().allMatch(Work::resolved));
    taken.forEach(stage::hold);
    stage.awaitFor(stage.ask(SHORT), SHORT.multipliedBy(2));
  }

  /** Until the JVM is to exit; who does that has hooks end the runtime, and wakes the works. */
  private static void untilExit(Stage stage) {
    List<Work> works = stage.submit(stage.between(1, stage.threads()), Kind.PARKS);
    works.addAll(stage.submit(stage.between(1, stage.threads()), Kind.COMPUTES));
    stage.awaitBegun(works);
    stage.submit(stage.between(0, 4), Kind.SHORT);
  }

  /** Threads outside that unpark the threads of works, over and over. */
  private static final class Wakers {

    private static final int THREADS = 2;
    private static final long PAUSE_NANOS = 5_000;

    // Written by the thread of the round, read by these.
    private volatile boolean stopped;

    Wakers(List<Work> works) {
      for (int i = 0; i < THREADS; i++) {
        Thread.ofPlatform()
            .daemon()
            .name("waker-" + i)
            .start(() -> {
              while (!stopped) {
                works.forEach(Work::unpark);
                LockSupport.parkNanos(PAUSE_NANOS);
              }
              works.forEach(Work::unpark);
            });
      }
    }

    void stop() {
      stopped = true;
    }
  }
}
