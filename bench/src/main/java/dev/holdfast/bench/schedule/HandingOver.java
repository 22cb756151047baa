// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Exchanger;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/** Two tasks that wait for each other through the JDK's own means, over and over. */
final class HandingOver {

  private static final int SIZE = 20_000;

  private HandingOver() {}

  static List<Workload> all(Config config) {
    return Stream.of(
            workload(
                "SynchronousQueue",
                (carriers, size) -> {
                  BlockingQueue<Integer> queue = new SynchronousQueue<>();
                  pair(carriers, size, queue::put, queue::take);
                }),
            workload(
                "LinkedTransferQueue",
                (carriers, size) -> {
                  LinkedTransferQueue<Integer> queue = new LinkedTransferQueue<>();
                  pair(carriers, size, queue::transfer, queue::take);
                }),
            arrayBlockingQueue(),
            workload(
                "Exchanger",
                (carriers, size) -> {
                  Exchanger<Integer> exchanger = new Exchanger<>();
                  pair(carriers, size, exchanger::exchange, () -> exchanger.exchange(0));
                }),
            workload(
                "ReentrantLock+Condition",
                (carriers, size) -> {
                  Turns turns = new Turns();
                  pair(carriers, size, i -> turns.take(0), () -> turns.take(1));
                }))
        .map(workload -> workload.of(config.pick(SIZE, SIZE / 4, 20)))
        .toList();
  }

  static Workload arrayBlockingQueue() {
    return workload(
        "ArrayBlockingQueue(1)",
        (carriers, size) -> {
          BlockingQueue<Integer> queue = new ArrayBlockingQueue<>(1);
          pair(carriers, size, queue::put, queue::take);
        });
  }

  private static Workload workload(String name, Workload.Body body) {
    return new Workload(name, "hand-over", SIZE, body)
        .once()
        .with(Contestant.FIXED)
        .floor(Floors.SPIN, Floors::spin)
        .floor(Contestant.FLOOR + "-yield", Floors.TWO, Floors::two);
  }

  /** One side of a hand-over that gives. */
  @FunctionalInterface
  private interface Giver {
    void give(Integer value) throws InterruptedException;
  }

  /** One side of a hand-over that takes. */
  @FunctionalInterface
  private interface Taker {
    Object take() throws InterruptedException;
  }

  private static void pair(Carriers carriers, int size, Giver giver, Taker taker)
      throws InterruptedException {
    CountDownLatch done = new CountDownLatch(2);
    Integer value = size;
    carriers.start(() -> {
      try {
        for (int i = 0; i < size; i++) {
          giver.give(value);
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException("a giver was interrupted", e);
      } finally {
        done.countDown();
      }
    });
    carriers.start(() -> {
      try {
        for (int i = 0; i < size; i++) {
          taker.take();
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException("a taker was interrupted", e);
      } finally {
        done.countDown();
      }
    });
    done.await();
  }

  /** Lets two sides go in turn. */
  private static final class Turns {
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Condition> mine = List.of(lock.newCondition(), lock.newCondition());
    private int turn;

    Object take(int side) throws InterruptedException {
      lock.lock();
      try {
        while (turn != side) {
          mine.get(side).await();
        }
        turn = 1 - side;
        mine.get(turn).signal();
        return this;
      } finally {
        lock.unlock();
      }
    }
  }
}
