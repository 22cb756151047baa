// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.host;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.LoaderRelease;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Function;

/** One load of a plugin's jar, by a class loader of its own. */
final class Deployment {

  private static final ClassLoader SHARED = new Shared();

  private static final MethodHandle APPLY = apply();

  private final Path jar;
  private final URLClassLoader loader;

  // The plugin's function, called by way of a handle that is no constant: see ask.
  private final MethodHandle plugin;

  // Read-locked by each request that is in the plugin; write-locked for good by who retires it.
  private final StampedLock users = new StampedLock();

  private final CountDownLatch wanted;

  private Deployment(Path jar, URLClassLoader loader, Function<String, String> plugin, int wanted) {
    this.jar = jar;
    this.loader = loader;
    this.plugin = APPLY.bindTo(plugin);
    this.wanted = new CountDownLatch(wanted);
  }

  /**
   * Loads a plugin.
   *
   * @param wanted how many answers {@link #awaitAnswers} waits for
   * @throws PluginException if the jar is missing or has no plugin that can be made
   */
  static Deployment load(Path jar, int wanted) {
    URLClassLoader loader = null;
    try {
      String name = PluginJar.pluginClass(jar);
      loader = new URLClassLoader("plugin", new URL[] {jar.toUri().toURL()}, SHARED);
      Object plugin = loader.loadClass(name).getDeclaredConstructor().newInstance();
      @SuppressWarnings("unchecked") // that it takes and returns texts is the plugin's promise
      Function<String, String> function = (Function<String, String>) plugin;
      return new Deployment(jar, loader, function, wanted);
    } catch (IOException | ReflectiveOperationException | ClassCastException | LinkageError e) {
      PluginException failure = new PluginException("no plugin could be loaded from " + jar, e);
      if (loader != null) {
        close(loader, failure);
      }
      throw failure;
    }
  }

  private static MethodHandle apply() {
    try {
      return MethodHandles.lookup()
          .findVirtual(Function.class, "apply", MethodType.methodType(Object.class, Object.class))
          .asType(MethodType.methodType(String.class, Function.class, String.class));
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static void close(URLClassLoader loader, PluginException failure) {
    try {
      loader.close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Returns a reference that is enqueued once the plugin's class loader is no more. */
  PhantomReference<ClassLoader> watch(ReferenceQueue<ClassLoader> gone) {
    return new PhantomReference<>(loader, gone);
  }

  /** Answers a request; empty if this is retired, and its successor has to. */
  Optional<String> answer(String text) {
    long stamp = users.tryReadLock();
    if (stamp == 0) {
      return Optional.empty();
    }
    try {
      String answer = ask(text);
      wanted.countDown();
      return Optional.of(answer);
    } finally {
      users.unlockRead(stamp);
    }
  }

  /**
   * Calls the plugin so that this code is not compiled together with it. Compiled code that expects
   * classes of a plugin keeps them as long as a frame of it is on some stack, and here there always
   * is one: a request that waits inside of the plugin.
   */
  private String ask(String text) {
    try {
      return (String) plugin.invokeExact(text);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new PluginException("a function threw a checked exception", e);
    }
  }

  /**
   * Waits until some requests were answered.
   *
   * @throws PluginException if it takes longer than the deadline
   */
  void awaitAnswers(Duration deadline) throws InterruptedException {
    if (!wanted.await(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
      throw new PluginException(
          jar + " has to answer " + wanted.getCount() + " more requests after " + deadline, null);
    }
  }

  /**
   * Takes the plugin out of use: waits for the requests that are in it, and has its values
   * destroyed. In this order no request fails: from the release on, the first use of a local on a
   * worker would throw.
   *
   * @throws PluginException if something of the plugin is in use at the deadline, or a destructor
   *     failed
   */
  LoaderRelease.Report retire(Duration deadline) throws IOException, InterruptedException {
    if (users.tryWriteLock(deadline.toNanos(), TimeUnit.NANOSECONDS) == 0) {
      throw new PluginException("a request is in " + jar + " for more than " + deadline, null);
    }
    LoaderRelease.Report report = LoaderRelease.release(loader, deadline);
    // Only now: a destructor may load a class.
    loader.close();
    Files.delete(jar);
    if (!report.complete() || !report.failures().isEmpty()) {
      throw new PluginException(jar + ": " + report, null);
    }
    return report;
  }

  /** What plugins see of the host's class path: Holdfast's locals. All else they bring along. */
  private static final class Shared extends ClassLoader {

    Shared() {
      super("shared with plugins", ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (name.startsWith(WorkerLocal.class.getPackageName() + ".")) {
        return Class.forName(name, false, Deployment.class.getClassLoader());
      }
      throw new ClassNotFoundException(name + " is not shared with plugins");
    }
  }
}
