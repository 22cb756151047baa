// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.host;

import dev.holdfast.runtime.LoaderRelease;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reloads a plugin from its jar again and again while requests run. Each time the values that the
 * plugin has on the workers are destroyed there, its class loader is unloaded, and no request
 * fails.
 */
public final class PluginHost {

  private static final int RELOADS = 20;
  private static final int MAX_RELOADS = 10_000;
  private static final int CLIENTS = 4;

  /** How many requests each version answers at least, before the next one takes over. */
  private static final int WANTED = 25;

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final Path directory;

  // Enqueues each loader of a plugin once it is no more; says so beside what Holdfast says.
  private final ReferenceQueue<ClassLoader> gone = new ReferenceQueue<>();
  private final List<PhantomReference<ClassLoader>> loaders = new ArrayList<>();
  private int unloaded;

  // Written by who deploys, read by every request: volatile.
  private volatile @Nullable Deployment current;

  private PluginHost(Path directory) {
    this.directory = directory;
  }

  /**
   * Runs the program.
   *
   * @param args how often to reload, from 1 to 10,000; 20 if there is none
   * @throws PluginException if a request failed, or something of a plugin stayed
   */
  public static void main(String[] args) throws Exception {
    int reloads;
    try {
      reloads = reloads(args);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
      return;
    }
    run(reloads, System.out);
  }

  /**
   * Returns how often to reload.
   *
   * @throws IllegalArgumentException if the arguments do not say so
   */
  static int reloads(String[] args) {
    if (args.length == 0) {
      return RELOADS;
    }
    if (args.length > 1) {
      throw new IllegalArgumentException(
          "one argument at most, how often to reload, not " + args.length + ": " + List.of(args));
    }
    try {
      int reloads = Integer.parseInt(args[0]);
      if (reloads >= 1 && reloads <= MAX_RELOADS) {
        return reloads;
      }
    } catch (NumberFormatException e) {
      // As one that is out of range.
    }
    throw new IllegalArgumentException(
        "how often to reload must be a number from 1 to "
            + MAX_RELOADS
            + ", not '"
            + args[0]
            + "'");
  }

  /**
   * Deploys a plugin, reloads it while clients ask, and takes it out of use at the end.
   *
   * @throws PluginException if a request failed, or something of a plugin stayed
   */
  static void run(int reloads, PrintStream out) throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("plugins");
    PluginHost host = new PluginHost(directory);
    try (WorkerRuntime runtime = WorkerRuntime.start()) {
      Clients clients = new Clients(runtime, host::answer);
      out.printf("%s: %d clients ask, %d reloads%n", runtime.tier(), CLIENTS, reloads);
      host.deploy(1);
      try {
        clients.start(CLIENTS);
        for (int version = 1; version <= reloads; version++) {
          host.awaitAnswers();
          long destroyed = host.replace(version + 1);
          out.printf(
              "version %d unloaded after %d values were destroyed on their workers%n",
              version, destroyed);
        }
      } catch (PluginException e) {
        // It may be why there are no answers.
        clients.throwFailure(e);
        throw e;
      } finally {
        clients.stop();
      }
      host.replace(0);
      ShutdownReport report = runtime.shutdown(DEADLINE, DEADLINE);
      out.printf(
          "%d requests, %d failed; %d class loaders, %d unloaded; %d values, %d destroyed%n",
          clients.requests(),
          clients.failed(),
          host.loaders.size(),
          host.unloaded,
          report.made(),
          report.destroyed());
      clients.throwFailure(null);
    } finally {
      delete(directory);
    }
  }

  /** Answers a request by the plugin that is deployed at the moment. */
  private String answer(String text) {
    while (true) {
      Deployment now = current;
      if (now == null) {
        throw new PluginException("no plugin is deployed", null);
      }
      Optional<String> answer = now.answer(text);
      if (answer.isPresent()) {
        return answer.get();
      }
      // It was replaced since it was read here: its successor is there by now.
    }
  }

  private void deploy(int version) throws IOException {
    Deployment next = Deployment.load(PluginJar.write(directory, version), WANTED);
    loaders.add(next.watch(gone));
    current = next;
  }

  private void awaitAnswers() throws InterruptedException {
    Deployment now = current;
    if (now != null) {
      now.awaitAnswers(DEADLINE);
    }
  }

  /**
   * Has the next version answer from now on, and unloads the one before.
   *
   * @param version 0 for none
   * @return how many values the former one had
   */
  private long replace(int version) throws IOException, InterruptedException {
    LoaderRelease.Report report = retire(version);
    // Here nothing refers to it any more: no variable of a frame below, no field.
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!report.isCollected()) {
      // A task that read it last and is not running may keep it for a moment.
      if (System.nanoTime() - deadline > 0) {
        throw new PluginException("the class loader is still in use: " + report, null);
      }
    }
    if (gone.remove(DEADLINE.toMillis()) == null) {
      throw new PluginException("the class loader is still referred to: " + report, null);
    }
    unloaded++;
    return report.destroyed();
  }

  private LoaderRelease.Report retire(int version) throws IOException, InterruptedException {
    Deployment before = Objects.requireNonNull(current);
    if (version == 0) {
      current = null;
    } else {
      deploy(version);
    }
    return before.retire(DEADLINE);
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> jars = Files.list(directory)) {
      for (Path jar : jars.toList()) {
        Files.delete(jar);
      }
    }
    Files.delete(directory);
  }
}
