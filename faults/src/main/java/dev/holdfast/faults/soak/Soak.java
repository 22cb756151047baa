// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.TierUnavailableException;
import dev.holdfast.runtime.WorkerRuntime;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Random load on runtimes of both tiers that are started and closed all the time, for as long as
 * one likes; counts what must not go wrong, and samples what must not grow.
 *
 * <p>Prints one line of JSON. Exits with 0 if all was well, with 1 if something was found, with 2
 * if it was called wrongly. The choices of each thread follow from the seed; how the threads meet
 * does not.
 */
public final class Soak {

  private static final int DRIVERS = 2;
  private static final int LEAKS_PER_SAMPLE = 12;
  private static final Duration CANARIES = Duration.ofSeconds(12);

  /** On a machine with other work, samples take their time; with fewer no line says anything. */
  private static final int LEAST_SAMPLES = 12;

  private static final Duration COLLECTED = Duration.ofSeconds(10);

  /** More than any episode takes that does not hang. */
  private static final Duration HANGS = Duration.ofMinutes(2);

  private final Options options;
  private final Totals totals;
  private final Outside outside;
  private final List<Resident> residents = new ArrayList<>();
  private final List<Driver> drivers = new ArrayList<>();
  private final List<Sample> samples = new ArrayList<>();
  private final long began = System.nanoTime();

  private volatile boolean ending;

  // What the load does on purpose is not to be logged; kept, for a logger may be collected.
  private static final Logger LOG = Logger.getLogger("dev.holdfast");

  private Soak(Options options) throws IOException {
    this.options = options;
    this.totals = new Totals(tiers());
    this.outside = new Outside();
  }

  private static List<Tier> tiers() {
    List<Tier> found = new ArrayList<>();
    for (Tier each : Tier.values()) {
      try (WorkerRuntime _ = WorkerRuntime.builder().tier(each).workers(1).start()) {
        found.add(each);
      } catch (TierUnavailableException e) {
        // Started without the flag: the other tier is soaked alone, and the row says so.
      }
    }
    return found;
  }

  /**
   * Runs it.
   *
   * @return its exit code
   */
  @SuppressWarnings("SystemOut") // a program's own output
  public static int run(String... arguments) throws Exception {
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage() + "\n" + Options.USAGE);
      return 2;
    }
    Row row = options.leaks().isEmpty() ? soakAndCanaries(options) : soak(options);
    System.out.println(row.json());
    return row.passed() ? 0 : 1;
  }

  /**
   * Soaks, then leaks one thing of each kind for a while, to see that it would have been noticed.
   */
  public static Row soakAndCanaries(Options options) throws Exception {
    Row row = soak(options);
    Soak leaky = new Soak(new Options(CANARIES, options.seed(), null, EnumSet.allOf(Leak.class)));
    leaky.soak();
    int caught = 0;
    for (Leak each : Leak.values()) {
      caught += leaky.totals.findings().mentions(each.seenAs()) ? 1 : 0;
    }
    return row.withCanaries(caught, Leak.values().length);
  }

  /** Soaks, and tells what came of it. */
  public static Row soak(Options options) throws Exception {
    return new Soak(options).soak();
  }

  /** The program. */
  public static void main(String[] arguments) throws Exception {
    // What is leaked on purpose, or hangs, must not keep the JVM.
    Runtime.getRuntime().halt(run(arguments));
  }

  // ---- The run

  /** One that does something again and again, on a thread of its own. */
  private final class Driver {

    /** What it does once. */
    interface Step {
      void take(Driver on, int number) throws Exception;
    }

    private final Thread thread;
    private volatile long since = System.nanoTime();
    private volatile @Nullable Object doing;

    Driver(String name, Step step) {
      thread =
          Thread.ofPlatform()
              .daemon()
              .name(name)
              .start(() -> {
                for (int number = 0; !ending; number++) {
                  since = System.nanoTime();
                  try {
                    step.take(this, number);
                  } catch (Throwable e) {
                    totals.findings().add(name + " failed: " + e + stack(e));
                  }
                }
              });
    }

    boolean hangs() {
      return thread.isAlive() && System.nanoTime() - since > HANGS.toNanos();
    }
  }

  private static String stack(Throwable failure) {
    StackTraceElement[] frames = failure.getStackTrace();
    return frames.length == 0 ? "" : " at " + frames[0];
  }

  private Row soak() throws Exception {
    LOG.setLevel(Level.OFF);
    SplittableRandom random = new SplittableRandom(options.seed());
    Sample atFirst = sample();
    for (int i = 0; i < DRIVERS; i++) {
      SplittableRandom own = random.split();
      String name = "soak-" + i;
      drivers.add(
          new Driver(
              name,
              (driver, number) -> {
                Episode episode = new Episode(name + "-" + number, own, totals, options, outside);
                driver.doing = episode;
                episode.run();
              }));
    }
    for (Tier tier : totals.tiers()) {
      Resident resident = new Resident(tier, totals, outside);
      residents.add(resident);
      SplittableRandom own = random.split();
      drivers.add(
          new Driver(
              "plugins-" + tier,
              (driver, number) -> {
                driver.doing = resident;
                resident.step(own);
              }));
    }
    boolean hung = load();
    ending = true;
    if (!hung) {
      hung = !Until.holds(HANGS, () -> drivers.stream().noneMatch(each -> each.thread.isAlive()));
    }
    if (hung) {
      totals.findings().add("hangs: " + hanging() + ", for the stacks see " + dumped());
    } else {
      residents.forEach(Resident::close);
      outside.close();
      checkRest(atFirst);
    }
    List<Flatness> flatness = Flatness.of(samples);
    flatness.forEach(each -> totals.findings().check(each.holds(), each.toString()));
    Row row = row();
    write(row, flatness);
    return row;
  }

  /** Samples until the time is over, and often enough; returns whether something hangs. */
  private boolean load() {
    while (System.nanoTime() - began < options.length().toNanos()
        || samples.size() < LEAST_SAMPLES) {
      sample();
      if (drivers.stream().anyMatch(Driver::hangs)) {
        return true;
      }
    }
    return false;
  }

  private Sample sample() {
    leak();
    Sample sample =
        Sample.take(
            () -> (System.nanoTime() - began) / 1_000_000, this::uncollected, totals::episodes);
    samples.add(sample);
    return sample;
  }

  private List<String> hanging() {
    return drivers.stream().filter(Driver::hangs).map(each -> each.thread.getName()).toList();
  }

  /** Writes the stacks of all threads, virtual ones too, to a file, and returns where that is. */
  private Path dumped() throws IOException {
    Path directory = options.out();
    if (directory == null) {
      directory = Files.createTempDirectory("soak");
    }
    Path file = Files.createDirectories(directory).resolve("threads.txt").toAbsolutePath();
    Files.deleteIfExists(file);
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpThreads(file.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
    StringBuilder running = new StringBuilder("\n");
    drivers.forEach(each -> running.append(each.doing).append('\n'));
    Files.writeString(file, running, StandardOpenOption.APPEND);
    return file;
  }

  private int uncollected() {
    return residents.stream().mapToInt(Resident::uncollected).sum();
  }

  /**
   * Leaks what is to be leaked, but for what episodes leak themselves; with each sample, so that a
   * machine with other work leaks as much.
   */
  private void leak() {
    for (int i = 0; i < LEAKS_PER_SAMPLE; i++) {
      if (options.leaks(Leak.THREAD)) {
        Leak.thread();
      }
      if (options.leaks(Leak.SOCKET)) {
        Leak.socket();
      }
      if (options.leaks(Leak.HEAP)) {
        // Less than half a region: of more, the collector keeps twice as much.
        Leak.keep(new byte[4][1 << 18]);
      }
      if (options.leaks(Leak.LOADER)) {
        residents.forEach(Resident::leakLoader);
      }
    }
  }

  /** When all has been closed, little is left. */
  private void checkRest(Sample atFirst) {
    Findings findings = totals.findings();
    boolean collected =
        Until.holds(
            COLLECTED,
            () -> {
              System.gc();
              return uncollected() == 0;
            });
    findings.check(collected, "class loaders that were released are not collected at the end");
    Sample atLast = Sample.take(() -> 0, () -> 0, () -> 0);
    double most = atFirst.handles() + 16.0;
    findings.check(
        atLast.handles() <= most,
        "handles at the end: " + atLast.handles() + ", at first: " + atFirst.handles());
  }

  // ---- What is told

  private Row row() {
    return Row.of(
        "soak: random load, closes and releases for "
            + options.length().toSeconds()
            + " s, seed "
            + options.seed()
            + ", tiers "
            + totals.tiers()
            + ": "
            + totals,
        totals.episodes(),
        totals.findings(),
        began);
  }

  private void write(Row row, List<Flatness> flatness) throws IOException {
    Path out = options.out();
    if (out == null) {
      return;
    }
    Files.createDirectories(out);
    Files.writeString(out.resolve("soak.svg"), Plot.svg(row.what(), samples));
    Files.writeString(
        out.resolve("soak.json"),
        "{\"row\":"
            + row.json()
            + ",\n\"flatness\":["
            + flatness.stream()
                .map(each -> Row.quoted(each.toString()))
                .collect(Collectors.joining(",\n"))
            + "],\n\"samples\":[\n"
            + samples.stream().map(Soak::json).collect(Collectors.joining(",\n"))
            + "]}\n");
  }

  private static String json(Sample sample) {
    return "{\"ms\":"
        + sample.millis()
        + ",\"heap\":"
        + sample.heap()
        + ",\"threads\":"
        + sample.threads()
        + ",\"handles\":"
        + sample.handles()
        + ",\"loaders\":"
        + sample.loaders()
        + ",\"classes\":"
        + sample.classes()
        + ",\"runtimes\":"
        + sample.runtimes()
        + "}";
  }
}
