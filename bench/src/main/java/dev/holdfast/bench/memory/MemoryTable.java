// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.memory;

import com.sun.management.OperatingSystemMXBean;
import dev.holdfast.bench.Across;
import dev.holdfast.bench.Child;
import dev.holdfast.bench.Config;
import dev.holdfast.bench.Contestant;
import dev.holdfast.bench.Line;
import dev.holdfast.bench.Line.Aim;
import dev.holdfast.bench.NotMeasuredException;
import dev.holdfast.bench.Several;
import dev.holdfast.bench.Suite;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The table of what tasks, locals and buffers take; each number is of a fresh JVM. */
public final class MemoryTable implements Suite {

  /** The name of the table. */
  public static final String NAME = "memory";

  /** A buffer per thread, instead of one per worker. */
  private static final String THREAD_LOCAL = "threadlocal";

  private static final Duration LIMIT = Duration.ofMinutes(3);

  /** What a live task takes beside its buffer, generously. */
  private static final int BYTES_PER_TASK = 2_048;

  private final int parked;
  private final int locals;
  private final int live;
  private final List<Line> lines = new ArrayList<>();
  private final List<Across> across = new ArrayList<>();

  /** Makes the table. */
  public MemoryTable(Config config) {
    parked = config.pick(500_000, 100_000, 1_000);
    locals = config.pick(100_000, 20_000, 1_000);
    live = config.pick(1_000_000, 20_000, 100);
    parkedTasks();
    lines.add(
        new Line(
            "one local on one worker",
            "B over its value",
            List.of(new Contestant(Contestant.HOLDFAST, probe("local", locals, 0).number("bytes"))),
            List.of(Aim.atMost(64))));
    buffers();
  }

  private void parkedTasks() {
    Several holdfast = probe("execute", parked, 0);
    Several jdk = probe("bare", parked, 0);
    Several untracked = probe("bare", parked, 0, "-Djdk.trackAllThreads=false");
    String untrackedAbout = "the jdk with -Djdk.trackAllThreads=false, which lists no threads";
    Line task =
        new Line(
            "parked task",
            "B",
            List.of(
                new Contestant(Contestant.HOLDFAST, holdfast.number("bytes")),
                new Contestant(Contestant.JDK, jdk.number("bytes")),
                new Contestant(Contestant.FLOOR, untracked.number("bytes"), untrackedAbout)),
            List.of());
    Line spawned =
        new Line(
            "parked task, spawned and kept",
            "B",
            List.of(new Contestant(Contestant.HOLDFAST, probe("spawn", parked, 0).number("bytes"))),
            List.of());
    Line resident =
        new Line(
            "parked tasks, resident size",
            "MiB",
            List.of(
                new Contestant(Contestant.HOLDFAST, holdfast.number("resident")),
                new Contestant(Contestant.JDK, jdk.number("resident")),
                new Contestant(Contestant.FLOOR, untracked.number("resident"), untrackedAbout)),
            List.of());
    lines.add(task);
    lines.add(spawned);
    lines.add(resident);
    across.add(Across.over("a parked task over the jdk's, B", 64, task, Contestant.JDK));
    across.add(Across.over("a parked task over the floor, B", 64, task, Contestant.FLOOR));
  }

  private void buffers() {
    Several perThread = probe(THREAD_LOCAL, live, 8 << 10);
    int workers = Runtime.getRuntime().availableProcessors();
    for (String form : List.of("with", "lease")) {
      Several holdfast = probe(form, live, 0);
      lines.add(
          new Line(
                  "buffers of live tasks, " + form,
                  "KiB at the peak",
                  List.of(
                      new Contestant(Contestant.HOLDFAST, holdfast.number("buffers")),
                      new Contestant(THREAD_LOCAL, perThread.number("buffers"))),
                  List.of(Aim.speedup(THREAD_LOCAL, 500), Aim.atMost(workers * 2 * 8)))
              .withNote("the bound is two buffers for each of " + workers + " workers"));
      lines.add(
          new Line(
              "buffers of live tasks, " + form + ", resident size",
              "MiB at the peak",
              List.of(
                  new Contestant(Contestant.HOLDFAST, holdfast.number("resident")),
                  new Contestant(THREAD_LOCAL, perThread.number("resident"))),
              List.of()));
    }
  }

  /**
   * A JVM for some of what is measured.
   *
   * @param each how many bytes one of them takes beside the usual
   */
  private static Several probe(String what, int count, int each, String... options) {
    long heap = (256L << 20) + (long) count * (BYTES_PER_TASK + each);
    return new Several(() -> {
      long there =
          ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
      // A half more than the heap: the collector's own, and everything else that runs.
      if (heap + heap / 4 > there) {
        throw new NotMeasuredException(
            "its heap of "
                + (heap >> 20)
                + " MiB is too large for the "
                + (there >> 20)
                + " MiB of this machine");
      }
      List<String> all = new ArrayList<>(List.of(options));
      all.add("-Xms" + (heap >> 20) + "m");
      all.add("-Xmx" + (heap >> 20) + "m");
      // Compiled when it should be, not later: the frames of what is parked depend on it.
      all.add("-Xbatch");
      // It counts exactly what is live after each collection.
      all.add("-XX:+UseParallelGC");
      return Child.run(MemoryProbe.class, all, List.of(what, Integer.toString(count)), LIMIT);
    });
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "Each number is of a JVM of its own with a heap of a fixed size: "
        + parked
        + " tasks that are parked, the heap after a full collection with them and without; "
        + locals
        + " locals with a value each on one worker, of which the value's own size is taken off; "
        + live
        + " live tasks that each use an 8 KiB buffer before and after a blocking point.";
  }

  @Override
  public List<Line> lines() {
    return lines;
  }

  @Override
  public List<Across> across() {
    return across;
  }

  @Override
  public List<String> notes() {
    return List.of(
        "the heap of a JVM is 256 MiB, and 2 KiB more for each task and what its buffer takes;"
            + " the collector is the parallel one; the resident size is that of the whole process");
  }

  @Override
  public int warmups(int rounds) {
    return 0;
  }
}
