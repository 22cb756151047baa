// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import dev.holdfast.doomsday.Work.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** What happens in each scenario, from the first values on until all tasks are free to end. */
final class Scenes {

  /** For a wait that is to end before the tasks do. */
  private static final Duration SHORT = Duration.ofMillis(25);

  /** Tasks that destructors submit in one round, at most. */
  private static final int MOST_SPAWNED = 8;

  private Scenes() {}

  /** Plays what a scenario is; the round then wakes what is left and judges. */
  static void play(Scenario scenario, Round round) {
    switch (scenario) {
      case IDLE -> idle(round);
      case BUSY -> busy(round);
      case PARKED -> parked(round);
      case QUEUED -> queued(round);
      case DEAF -> deaf(round);
      case TIMERS -> timers(round);
      case BLOCKING_JOBS -> blockingJobs(round);
      case WAKE_UPS -> wakeUps(round);
      case SLOW_DESTRUCTOR -> slowDestructor(round);
      case FAILING_DESTRUCTOR -> failingDestructor(round);
      case SPAWNING_DESTRUCTOR -> spawningDestructor(round);
      case FROM_INSIDE -> fromInside(round);
      case TWICE -> twice(round);
      case FOREIGN_HOLDER -> foreignHolder(round);
      case JVM_EXIT -> untilExit(round);
    }
  }

  private static void idle(Round round) {
    round.pause();
    round.end();
  }

  private static void busy(Round round) {
    List<Work> works = round.submit(round.between(2, 1 + 2 * round.threads()), Kind.COMPUTES);
    round.awaitBegun(works.subList(0, 1));
    round.pause();
    if (round.between(0, 1) == 0) {
      round.wake(works.subList(0, 1));
    }
    round.ask();
    round.pause();
    round.wake(works);
  }

  private static void parked(Round round) {
    List<Work> works = round.submit(round.between(1, 2 * round.threads()), Kind.PARKS);
    round.awaitBegun(works);
    round.ask();
    round.pause();
    round.wake(works);
  }

  private static void queued(Round round) {
    List<Work> gates = round.submit(round.threads(), Kind.COMPUTES);
    round.awaitBegun(gates);
    List<Work> waiting = round.submit(round.between(1, 20), Kind.SHORT);
    waiting.addAll(round.submit(round.between(0, 4), Kind.PARKS));
    round.ask();
    round.pause();
    round.wake(gates);
    round.wake(waiting);
  }

  private static void deaf(Round round) {
    List<Work> works = round.submit(round.between(1, round.threads()), Kind.DEAF);
    works.addAll(round.submit(1, Kind.COMPUTES));
    round.awaitBegun(works);
    round.pause();
    round.awaitFor(round.ask(SHORT), SHORT.multipliedBy(2));
    round.pause();
    round.wake(works);
  }

  private static void timers(Round round) {
    for (int i = round.between(1, 8); i > 0; i--) {
      round.schedule(round.work(Kind.SHORT), Duration.ofNanos(round.between(0, 8_000_000)));
    }
    round.pause();
    round.end();
  }

  private static void blockingJobs(Round round) {
    List<Work> works = new ArrayList<>();
    for (int i = round.between(1, round.threads() + 2); i > 0; i--) {
      Work work = round.work(Kind.DEAF);
      round.submitBlocking(work);
      works.add(work);
    }
    if (round.between(0, 1) == 0) {
      round.awaitBegun(works);
    }
    round.submit(round.between(0, 4), Kind.SHORT);
    round.pause();
    round.ask();
    round.pause();
    round.wake(works);
  }

  private static void wakeUps(Round round) {
    List<Work> works = round.submit(round.between(2, 12), Kind.PARKS);
    works.addAll(round.submit(1, Kind.DEAF));
    round.awaitBegun(works);
    int half = works.size() / 2;
    Wakers wakers = new Wakers(works);
    round.wake(works.subList(0, half));
    Closing closing = round.end();
    round.wake(works.subList(half, works.size()));
    round.awaitReturn(closing);
    wakers.stop();
  }

  private static void slowDestructor(Round round) {
    int micros = round.between(200, 3_000);
    round.witness().destructor(value -> LockSupport.parkNanos(micros * 1_000L));
    parked(round);
  }

  private static void failingDestructor(Round round) {
    AtomicInteger count = new AtomicInteger(round.between(0, 1));
    round
        .witness()
        .destructor(value -> {
          if (count.getAndIncrement() % 2 == 0) {
            throw new IllegalStateException("the destructor of " + value + " throws, as it should");
          }
        });
    parked(round);
  }

  private static void spawningDestructor(Round round) {
    Queue<Work> ready = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < MOST_SPAWNED; i++) {
      ready.add(round.work(Kind.TOUCHES_NOTHING));
    }
    round
        .witness()
        .destructor(value -> {
          Work work = ready.poll();
          if (work != null) {
            round.submit(work);
          }
        });
    parked(round);
  }

  private static void fromInside(Round round) {
    Closing closing = round.closing(round.way(), SHORT);
    Work closer = round.work(Kind.PARKS).doing(closing);
    List<Work> works = round.submit(round.between(0, 2 * round.threads()), Kind.PARKS);
    round.submit(closer);
    round.pause();
    round.wake(works);
    closer.wake();
    round.awaitFor(closing, SHORT.multipliedBy(2));
    round.end();
  }

  private static void twice(Round round) {
    List<Work> works = round.submit(round.between(0, 2 * round.threads()), Kind.PARKS);
    round.awaitBegun(works);
    Duration limit = round.limits().patience().multipliedBy(4);
    round.end();
    for (int i = round.between(1, 3); i > 0; i--) {
      round.endAlso(round.anyWay(), limit);
    }
    round.pause();
    round.wake(works);
  }

  private static void foreignHolder(Round round) {
    Queue<Reference> taken = new ConcurrentLinkedQueue<>();
    List<Work> works = new ArrayList<>();
    for (int i = round.between(1, 4); i > 0; i--) {
      int slot = round.between(0, Work.SLOTS - 1);
      Work work = round.work(Kind.SHORT).doing(() -> taken.add(round.runtime().outside(slot)));
      round.submit(work);
      works.add(work);
    }
    Round.await(round.limits().patience(), () -> works.stream().allMatch(Work::resolved));
    taken.forEach(round::hold);
    round.awaitFor(round.ask(SHORT), SHORT.multipliedBy(2));
  }

  /** Until the JVM is to exit; who does that has hooks end the runtime, and wakes the works. */
  private static void untilExit(Round round) {
    List<Work> works = round.submit(round.between(1, round.threads()), Kind.PARKS);
    works.addAll(round.submit(round.between(1, round.threads()), Kind.COMPUTES));
    round.awaitBegun(works);
    round.submit(round.between(0, 4), Kind.SHORT);
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
