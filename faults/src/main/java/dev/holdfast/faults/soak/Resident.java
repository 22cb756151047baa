// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Until;
import dev.holdfast.faults.load.Load;
import dev.holdfast.faults.load.Locals;
import dev.holdfast.faults.load.Outside;
import dev.holdfast.faults.load.PluginLoader;
import dev.holdfast.runtime.LoaderRelease;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/** A runtime that lives as long as the soak: plugins are deployed to it and released again. */
final class Resident {

  private static final int TASKS = 8;

  private final Totals totals;
  private final Books books;
  private final WorkerRuntime runtime;
  private final Load load;
  private final byte[] plugin;

  // Guarded by this: the loaders that were released and are not seen to be collected.
  private final List<WeakReference<ClassLoader>> released = new ArrayList<>();

  Resident(Tier tier, Totals totals, Outside outside) throws IOException {
    String name = "resident-" + tier;
    this.totals = totals;
    this.books = new Books(name, totals.findings());
    this.runtime = Episode.runtime(name, tier, 2, 4, totals.findings());
    this.load = new Load(runtime, books, new Locals(books, false), outside);
    this.plugin = PluginLoader.bytesOf(Plugin.class);
  }

  /** Deploys a plugin, uses it beside other load, and releases it. */
  void step(RandomGenerator random) throws Exception {
    for (int i = random.nextInt(50); i > 0; i--) {
      load.one(random);
    }
    ClassLoader loader = deployed();
    synchronized (this) {
      released.add(new WeakReference<>(loader));
    }
    LoaderRelease.Report report = LoaderRelease.release(loader, Until.LONG);
    totals.findings().check(report.complete(), "a loader was not released: " + report);
    totals.findings().check(report.failures().isEmpty(), "a plugin's destructor failed: " + report);
    totals.released();
  }

  /** Keeps a loader of its kind, as one that a release has left. */
  void leakLoader() {
    ClassLoader loader = new PluginLoader(Plugin.class, plugin);
    Leak.keep(loader);
    synchronized (this) {
      released.add(new WeakReference<>(loader));
    }
  }

  private ClassLoader deployed() throws Exception {
    PluginLoader loader = new PluginLoader(Plugin.class, plugin);
    @SuppressWarnings("unchecked") // it says so itself
    Runnable body = ((Function<Books, Runnable>) loader.make()).apply(books);
    List<Task<?>> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      tasks.add(
          runtime.spawn(
              books.body(
                  "plugin's",
                  () -> {
                    body.run();
                    return 0;
                  })));
    }
    for (Task<?> each : tasks) {
      each.get();
    }
    return loader;
  }

  /** Returns how many released loaders are not collected. */
  synchronized int uncollected() {
    released.removeIf(each -> each.refersTo(null));
    return released.size();
  }

  /** Closes it, and looks into its books. */
  void close() {
    books.close(runtime.shutdown(Until.LONG, Until.LONG));
    totals.episode(books);
  }
}
