// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code holdfast demo}: digests a directory tree on Holdfast and on its rivals, and compares. */
@Command(
    name = "demo",
    description = {
      "Computes the SHA-256 and the Deflate-compressed size of every regular file under DIR three"
          + " times: on Holdfast, on the JDK's virtual threads with ThreadLocals, and on a pool of"
          + " platform threads with ThreadLocals. Prints side by side what each took, made and"
          + " freed, and whether they agree."
    },
    footerHeading = "%nWhat is compared:%n",
    footer = {
      "  Each file is one task; a larger one than the block size is cut in blocks of which each is"
          + " one, and its digest is the SHA-256 of its blocks' digests. A task needs a context: a"
          + " SHA-256 digest, a Deflater (native memory) and 80 KiB of off-heap buffers.",
      "  holdfast         leases contexts of its workers; its close frees them.",
      "  virtual-threads  a ThreadLocal context: one for each task, left to the garbage collector."
          + " At most 256 tasks are in flight and 2,048 contexts unreclaimed, or a large tree would"
          + " use up the memory.",
      "  platform-pool    a ThreadLocal context: one for each thread, left to the garbage collector.",
      "  Freed are the contexts that the program itself closed. Those that the collector found before"
          + " the run ended count as reclaimed. Buffers at peak are those made and neither freed nor"
          + " reclaimed yet. The time is from before the first thread starts until after the last one"
          + " has ended. A first pass, not timed, fills the page cache and warms up the code.",
      "",
      "Symbolic links are not followed. What cannot be read, or is changed meanwhile, is named on the"
          + " standard error stream, counted, and left out.",
      "",
      "With --json, files and bytes count what all runners read, and unreadable the rest.",
      "",
      "Exit code: 0 all is well; 1 the runners disagree, a runner failed, or Holdfast did not free"
          + " exactly what it made, or made more than workers x (1 + leases) contexts; 2 the command"
          + " line or DIR is of no use."
    })
public final class DemoCommand implements Callable<Integer> {

  private static final int MAX_NAMED = 5;
  private static final long MIN_BLOCK = 4096;
  private static final long MAX_BLOCK = 1L << 30;

  /** Makes the runners that were chosen; a test may put others in place. */
  interface RunnerFactory {
    Runner make(RunnerName name, int workers, int leases);
  }

  private final Corpus.Lister lister;
  private final RunnerFactory factory;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "The directory whose files are read. Default: the home of the running JDK.")
  private @Nullable Path dir;

  @Option(
      names = "--workers",
      paramLabel = "N",
      description =
          "Workers of Holdfast and threads of the platform pool, 1 to 1024. Default: the available"
              + " processors.")
  private int workers = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 1024);

  @Option(
      names = "--leases",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "The most contexts that each worker of Holdfast makes, 1 to 65536. Spare workers, which"
              + " stand in for blocked ones, make their own: there are at most workers / N of them."
              + " Default: ${DEFAULT-VALUE}.")
  private int leases;

  @Option(
      names = "--block-size",
      paramLabel = "BYTES",
      defaultValue = "8M",
      converter = ByteSize.class,
      description =
          "Larger files are cut in blocks of this size, 4K to 1G; K, M and G are for KiB, MiB and"
              + " GiB. Default: ${DEFAULT-VALUE}.")
  private long blockSize;

  @Option(
      names = "--runner",
      paramLabel = "NAME",
      converter = RunnerName.Converter.class,
      description =
          "Run only this one, of ${COMPLETION-CANDIDATES}. May be given several times; they run in"
              + " the order given. Default: all.")
  private List<RunnerName> chosen = List.of(RunnerName.values());

  @Option(names = "--json", description = "Print one JSON object instead of the table.")
  private boolean json;

  @Option(
      names = "--no-progress",
      description = "No progress bar. There is none in a pipe or with --json anyway.")
  private boolean noProgress;

  /** The command as it is used. */
  public DemoCommand() {
    this(
        Corpus::list,
        (name, workers, leases) ->
            switch (name) {
              case HOLDFAST -> new HoldfastRunner(workers, leases);
              case VIRTUAL_THREADS -> new VirtualThreadRunner();
              case PLATFORM_POOL -> new PlatformRunner(workers);
            });
  }

  DemoCommand(Corpus.Lister lister, RunnerFactory factory) {
    this.lister = lister;
    this.factory = factory;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    checkOptions();
    Corpus corpus = list(dir == null ? Path.of(System.getProperty("java.home")) : dir);
    List<Runner> runners = new ArrayList<>();
    for (RunnerName name : chosen) {
      runners.add(factory.make(name, workers, leases));
    }
    Demo.Outcome outcome;
    try {
      outcome = new Demo(runners, progress()).run(corpus);
    } catch (Demo.RunnerFailedException e) {
      complain(e.getMessage());
      return 1;
    }
    complainAbout(outcome);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      new JsonReport(out).print(outcome);
    } else {
      new TableReport(out).print(outcome);
    }
    return outcome.good() ? 0 : 1;
  }

  private void checkOptions() {
    requireInRange("--workers", workers, 1, 1024);
    requireInRange("--leases", leases, 1, 65_536);
    requireInRange("--block-size", blockSize, MIN_BLOCK, MAX_BLOCK);
    Set<RunnerName> seen = new HashSet<>();
    for (RunnerName name : chosen) {
      if (!seen.add(name)) {
        throw refused("--runner " + name + " was given twice");
      }
    }
  }

  private void requireInRange(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw refused(option + " must be from " + min + " to " + max + ", not " + value);
    }
  }

  private Corpus list(Path root) {
    String name = "'" + Corpus.printable(root.toString()) + "'";
    if (!Files.exists(root)) {
      throw refused("there is no directory " + name);
    }
    if (!Files.isDirectory(root)) {
      throw refused(name + " is not a directory");
    }
    Corpus corpus;
    try {
      corpus = lister.list(root, blockSize);
    } catch (IOException e) {
      throw refused("the directory " + name + " cannot be read: " + Corpus.reason(e));
    }
    if (corpus.files().isEmpty()) {
      throw refused("there is no regular file under " + name);
    }
    return corpus;
  }

  private Progress progress() {
    boolean terminal = Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    return terminal && !json && !noProgress
        ? new ProgressBar(spec.commandLine().getOut())
        : Progress.NONE;
  }

  private void complainAbout(Demo.Outcome outcome) {
    List<Corpus.Unreadable> unreadable = outcome.comparison().unreadable();
    for (Corpus.Unreadable file : unreadable.stream().limit(MAX_NAMED).toList()) {
      complain("cannot read " + file.name() + ": " + file.reason());
    }
    if (unreadable.size() > MAX_NAMED) {
      complain(
          "cannot read "
              + (unreadable.size() - MAX_NAMED)
              + " more files or directories, "
              + unreadable.size()
              + " in all");
    }
    List<Comparison.Disagreement> disagreements = outcome.comparison().disagreements();
    for (Comparison.Disagreement file : disagreements.stream().limit(MAX_NAMED).toList()) {
      complain("the runners disagree on " + file.name());
      file.found().forEach((runner, result) -> complain("  " + runner + " found " + result));
    }
    if (disagreements.size() > MAX_NAMED) {
      complain(
          "the runners disagree on "
              + (disagreements.size() - MAX_NAMED)
              + " more files, "
              + disagreements.size()
              + " in all");
    }
    outcome.violations().forEach(this::complain);
  }

  private void complain(@Nullable String sentence) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(spec.qualifiedName() + ": " + sentence);
    err.flush();
  }

  private ParameterException refused(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
