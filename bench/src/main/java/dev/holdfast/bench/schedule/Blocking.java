// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.schedule;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RecursiveTask;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Tasks that wait: for jobs of platform threads, a monitor, their children, a time, a socket. */
@SuppressWarnings("ThreadPriorityCheck") // one yields while it holds a monitor
final class Blocking {

  private static final int JOBS = 16;
  private static final int RIVALS = 8;
  private static final int CHILDREN = 10;

  private Blocking() {}

  static List<Workload> all(Config config) {
    return List.of(
        new Workload("spawn_blocking", "job", 100 * JOBS, Blocking::jobs)
            .with(
                Contestant.FIXED,
                "the jobs go into the fixed pool from outside, 16 at a time",
                Blocking::jobsFromOutside)
            .noted(
                "100 tasks, each of which hands 16 empty jobs to platform threads at once and"
                    + " waits for all of them"),
        new Workload("synchronized", "increment", 20_000, Blocking::monitor)
            .with(Contestant.FIXED)
            .noted("8 tasks increment under one monitor; at every 32nd time the holder yields"),
        new Workload("skynet", "leaf", config.pick(1_000_000, 100_000, 1_000), Blocking::skynet)
            .once()
            .with(
                Contestant.FORK_JOIN,
                "recursive tasks in a pool whose workers take their own last task first",
                (carriers, size) -> forkedSkynet(size)),
        new Workload("sleepers", "task", config.pick(100_000, 20_000, 1_000), Blocking::sleepers)
            .once()
            .noted(
                "each sleeps for 1 to 10 ms; the time is that until all have ended, which is at"
                    + " least 10 ms"),
        new Workload("socket_ping_pong", "byte there and back", 2_000, Blocking::sockets)
            .once()
            .with(Contestant.FIXED));
  }

  private static void jobs(Carriers carriers, int size) throws Exception {
    int tasks = Math.max(1, size / JOBS);
    Countdown done = new Countdown(tasks);
    Failure failure = new Failure();
    for (int i = 0; i < tasks; i++) {
      carriers.start(() -> {
        failure.keep(() -> handOver(carriers));
        done.ended();
      });
    }
    done.await();
    failure.rethrow();
  }

  private static void jobsFromOutside(Carriers carriers, int size) throws InterruptedException {
    for (int i = 0; i < Math.max(1, size / JOBS); i++) {
      handOver(carriers);
    }
  }

  private static void handOver(Carriers carriers) throws InterruptedException {
    List<Carriers.Wait> waits = new ArrayList<>(JOBS);
    for (int i = 0; i < JOBS; i++) {
      waits.add(carriers.hand(() -> {}));
    }
    for (Carriers.Wait wait : waits) {
      wait.await();
    }
  }

  private static void monitor(Carriers carriers, int size) throws InterruptedException {
    Counter counter = new Counter();
    int each = Math.max(1, size / RIVALS);
    Countdown done = new Countdown(RIVALS);
    for (int i = 0; i < RIVALS; i++) {
      carriers.start(() -> {
        for (int j = 0; j < each; j++) {
          counter.increment();
        }
        done.ended();
      });
    }
    done.await();
    counter.check(RIVALS * each);
  }

  /** What all of them want. */
  private static final class Counter {
    private int count;

    synchronized void increment() {
      count++;
      if (count % 32 == 0) {
        Thread.yield();
      }
    }

    synchronized void check(int expected) {
      if (count != expected) {
        throw new IllegalStateException("counted " + count + " instead of " + expected);
      }
    }
  }

  private static void skynet(Carriers carriers, int size) throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    long[] sum = new long[1];
    Failure failure = new Failure();
    carriers.start(() -> {
      failure.keep(() -> sum[0] = node(carriers, failure, 0, size));
      done.countDown();
    });
    done.await();
    failure.rethrow();
    check(sum[0], size);
  }

  private static long node(Carriers carriers, Failure failure, long first, int leaves)
      throws InterruptedException {
    if (leaves == 1) {
      return first;
    }
    int each = leaves / CHILDREN;
    long[] sums = new long[CHILDREN];
    CountDownLatch done = new CountDownLatch(CHILDREN);
    for (int i = 0; i < CHILDREN; i++) {
      int child = i;
      carriers.start(() -> {
        failure.keep(
            () -> sums[child] = node(carriers, failure, first + (long) child * each, each));
        done.countDown();
      });
    }
    done.await();
    long sum = 0;
    for (long part : sums) {
      sum += part;
    }
    return sum;
  }

  private static void forkedSkynet(int size) {
    try (ForkJoinPool pool = new ForkJoinPool(Runtime.getRuntime().availableProcessors())) {
      check(pool.invoke(new Node(0, size)), size);
    }
  }

  private static final class Node extends RecursiveTask<Long> {
    private static final long serialVersionUID = 1;

    private final long first;
    private final int leaves;

    Node(long first, int leaves) {
      this.first = first;
      this.leaves = leaves;
    }

    @Override
    protected Long compute() {
      if (leaves == 1) {
        return first;
      }
      int each = leaves / CHILDREN;
      List<Node> children = new ArrayList<>(CHILDREN);
      for (int i = 0; i < CHILDREN; i++) {
        children.add(new Node(first + (long) i * each, each));
      }
      long sum = 0;
      for (Node child : invokeAll(children)) {
        sum += child.join();
      }
      return sum;
    }
  }

  private static void check(long sum, long leaves) {
    if (sum != leaves * (leaves - 1) / 2) {
      throw new IllegalStateException("the sum of " + leaves + " leaves came out as " + sum);
    }
  }

  private static void sleepers(Carriers carriers, int size) throws Exception {
    Countdown done = new Countdown(size);
    Failure failure = new Failure();
    for (int i = 0; i < size; i++) {
      int millis = 1 + i % 10;
      carriers.start(() -> {
        failure.keep(() -> Thread.sleep(millis));
        done.ended();
      });
    }
    done.await();
    failure.rethrow();
  }

  private static void sockets(Carriers carriers, int size) throws Exception {
    Failure failure = new Failure();
    CountDownLatch done = new CountDownLatch(2);
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      try (SocketChannel one = SocketChannel.open(server.getLocalAddress());
          SocketChannel other = server.accept()) {
        one.setOption(StandardSocketOptions.TCP_NODELAY, true);
        other.setOption(StandardSocketOptions.TCP_NODELAY, true);
        carriers.start(() -> {
          failure.keep(() -> talk(one, size, true));
          done.countDown();
        });
        carriers.start(() -> {
          failure.keep(() -> talk(other, size, false));
          done.countDown();
        });
        done.await();
      }
    }
    failure.rethrow();
  }

  /** Ends its side if it fails, so that the other one does not wait for it. */
  private static void talk(SocketChannel channel, int size, boolean first) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1);
    try {
      for (int i = 0; i < size; i++) {
        if (first) {
          channel.write(buffer.clear());
        }
        if (channel.read(buffer.clear()) != 1) {
          throw new IOException("the other side ended after " + i + " of " + size + " bytes");
        }
        if (!first) {
          channel.write(buffer.clear());
        }
      }
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Keeps what fails in a task for the thread that measures. */
  private static final class Failure {
    private final AtomicReference<@Nullable Exception> first = new AtomicReference<>();

    @FunctionalInterface
    private interface Body {
      void run() throws Exception;
    }

    void keep(Body body) {
      try {
        body.run();
      } catch (Exception e) {
        first.compareAndSet(null, e);
      }
    }

    void rethrow() throws Exception {
      Exception failure = first.get();
      if (failure != null) {
        throw failure;
      }
    }
  }
}
