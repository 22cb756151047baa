// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.memory;

import dev.holdfast.bench.Child;
import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** The program of a JVM that measures what something takes, and prints it. */
public final class MemoryProbe {

  private static final int WARM_UPS = 60;
  private static final int BUFFER = 8 << 10;
  private static final Path STATUS = Path.of("/proc/self/status");

  private MemoryProbe() {}

  /** Runs one probe: its name, and how many of what it measures. */
  public static void main(String[] args) throws Exception {
    int count = Integer.parseInt(args[1]);
    switch (args[0]) {
      case "execute" -> onHoldfast(runtime -> parked(count, runtime::execute));
      case "spawn" ->
          onHoldfast(runtime -> {
            List<Object> tasks = new ArrayList<>(count);
            parked(
                count,
                body ->
                    tasks.add(
                        runtime.spawn(() -> {
                          body.run();
                          return null;
                        })));
          });
      case "bare" -> parked(count, Thread::startVirtualThread);
      case "local" -> onHoldfast(runtime -> local(runtime, count));
      case "with" -> onHoldfast(runtime -> buffers(count, runtime::execute, new With()));
      case "lease" -> onHoldfast(runtime -> buffers(count, runtime::execute, new Leased()));
      case "threadlocal" -> buffers(count, Thread::startVirtualThread, new PerThread());
      default -> throw new IllegalArgumentException("no such probe: " + args[0]);
    }
    // The parked tasks, of which there are many, need not be ended one by one.
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  @FunctionalInterface
  private interface OnRuntime {
    void run(WorkerRuntime runtime) throws Exception;
  }

  @SuppressWarnings("MustBeClosed") // the JVM is halted
  private static void onHoldfast(OnRuntime body) throws Exception {
    body.run(WorkerRuntime.builder().tier(Tier.CARRIER).start());
  }

  private static void parked(int count, Consumer<Runnable> start) throws InterruptedException {
    // Frames that are interpreted take more: the code is compiled, by tasks that end.
    for (int i = 0; i < WARM_UPS; i++) {
      park(new Gate(Math.min(count, 10_000)), start).open();
    }
    // Made before and counted in neither: who holds the threads that nothing else does.
    Gate gate = new Gate(count);
    long places = used();
    park(gate, start);
    Child.say("bytes", (double) (used() - places) / count);
    Child.say("resident", resident("VmRSS"));
    gate.check();
  }

  private static Gate park(Gate gate, Consumer<Runnable> start) throws InterruptedException {
    for (int i = 0; i < gate.threads.length; i++) {
      int place = i;
      start.accept(() -> gate.park(place));
    }
    gate.parking.await();
    return gate;
  }

  /** Where tasks park. */
  private static final class Gate {
    private final Thread[] threads;
    private final CountDownLatch parking;
    private final CountDownLatch left;
    private volatile boolean open;

    Gate(int count) {
      threads = new Thread[count];
      parking = new CountDownLatch(count);
      left = new CountDownLatch(count);
    }

    void park(int place) {
      threads[place] = Thread.currentThread();
      parking.countDown();
      while (!open) {
        LockSupport.park();
      }
      left.countDown();
    }

    void open() throws InterruptedException {
      open = true;
      for (Thread thread : threads) {
        LockSupport.unpark(thread);
      }
      left.await();
    }

    /** Fails unless all were there until now. */
    void check() {
      for (Thread thread : threads) {
        if (!thread.isAlive()) {
          throw new IllegalStateException("it was to be parked, and ended: " + thread);
        }
      }
    }
  }

  /** Many locals, of which each has a value on the one worker that runs this. */
  private static void local(WorkerRuntime runtime, int count) throws Exception {
    List<WorkerLocal<Object>> locals = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      locals.add(WorkerLocal.of(Object::new));
    }
    List<Object> bare = new ArrayList<>(count);
    long empty = used();
    for (int i = 0; i < count; i++) {
      bare.add(new Object());
    }
    long before = used();
    runtime.run(() -> {
      for (WorkerLocal<Object> local : locals) {
        local.update(value -> {
          if (value.equals(bare)) {
            throw new IllegalStateException("a value that was never made");
          }
        });
      }
      return null;
    });
    double value = (double) (before - empty) / count;
    Child.say("bytes", (double) (used() - before) / count - value);
    if (bare.size() != locals.size()) {
      throw new IllegalStateException("a list lost what it had");
    }
  }

  /** Where a task has its buffer from. */
  private interface Source {
    AtomicLong MADE = new AtomicLong();

    static byte[] make() {
      MADE.incrementAndGet();
      return new byte[BUFFER];
    }

    void use();

    static void fill(byte[] buffer) {
      for (int i = 0; i < buffer.length; i += 64) {
        buffer[i]++;
      }
    }
  }

  private static final class With implements Source {
    private final WorkerLocal<byte[]> local = WorkerLocal.of(Source::make);

    @Override
    public void use() {
      local.update(Source::fill);
    }
  }

  private static final class Leased implements Source {
    @SuppressWarnings("WorkerLocalNotStatic") // there is one object of this class
    private final WorkerLocal<byte[]> local = WorkerLocal.of(Source::make);

    @Override
    public void use() {
      try (Lease<byte[]> lease = local.lease()) {
        Source.fill(lease.get());
      }
    }
  }

  private static final class PerThread implements Source {
    @SuppressWarnings("ThreadLocalCache") // it is what the others are measured beside
    private final ThreadLocal<byte[]> local = ThreadLocal.withInitial(Source::make);

    @Override
    public void use() {
      Source.fill(local.get());
    }
  }

  /** All tasks live, and use a buffer before and after a blocking point. */
  private static void buffers(int count, Consumer<Runnable> start, Source source)
      throws InterruptedException {
    CountDownLatch between = new CountDownLatch(count);
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch after = new CountDownLatch(count);
    Runnable body =
        () -> {
          try {
            source.use();
            between.countDown();
            goOn.await();
            source.use();
            after.countDown();
            goOn.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts", e);
          }
        };
    for (int i = 0; i < count; i++) {
      start.accept(body);
    }
    between.await();
    // Each is live, and what it made is reachable from it.
    Child.say("buffers", (double) Source.MADE.get() * BUFFER / 1_024);
    goOn.countDown();
    after.await();
    Child.say("resident", resident("VmHWM"));
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  /** MiB of the process, where the system says so. */
  private static double resident(String field) {
    try {
      return Files.readAllLines(STATUS).stream()
              .filter(line -> line.startsWith(field + ":"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
              .findFirst()
              .orElse(0)
          / 1_024.0;
    } catch (IOException e) {
      return Double.NaN;
    }
  }
}
