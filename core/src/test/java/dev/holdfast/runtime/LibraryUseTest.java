// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.VmState;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That a library can use a runtime inside a program that knows nothing of it. */
@Tag("S31")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class LibraryUseTest {

  /** A library with a runtime of its own, as it would be written by somebody else. */
  public static final class Library implements Callable<Integer> {

    @Override
    public Integer call() throws Exception {
      dev.holdfast.local.WorkerLocal<int[]> counts =
          dev.holdfast.local.WorkerLocal.of(() -> new int[1], count -> sum.addAndGet(count[0]));
      CountDownLatch noticed = new CountDownLatch(1);
      RuntimeListener listener =
          new RuntimeListener() {
            @Override
            public void blockedWhilePinned(int worker, StackTraceElement[] stack) {
              noticed.countDown();
            }
          };
      try (WorkerRuntime runtime =
          WorkerRuntime.builder().name("library").workers(1).listener(listener).start()) {
        List<Task<?>> tasks = new ArrayList<>();
        // Until somebody who watches the workers has seen it more than once.
        tasks.add(
            runtime.spawn(() -> {
              counts.update(count -> {
                count[0]++;
                Await.unwillingly(noticed);
              });
              return null;
            }));
        for (int i = 1; i < 100; i++) {
          tasks.add(
              runtime.spawn(() -> {
                counts.update(count -> count[0]++);
                return null;
              }));
        }
        tasks.add(runtime.spawnBlocking(() -> "job"));
        tasks.forEach(Task::join);
      }
      return sum.get();
    }

    // Added to by destructors: of several workers at once, if spare ones were started.
    private final AtomicInteger sum = new AtomicInteger();
  }

  @Test
  @DisplayName("S31: it is used on threads of others, and changes nothing of the program's own")
  void usedOnThreadsOfOthers() throws Exception {
    Properties properties = (Properties) System.getProperties().clone();
    Thread.UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
    assertThat(new Library().call()).isEqualTo(100);
    assertThat(ForkJoinPool.commonPool().submit(new Library()).get()).isEqualTo(100);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(threads.submit(new Library()).get()).isEqualTo(100);
    }
    CompletableFuture<Integer> sum = new CompletableFuture<>();
    Thread bare =
        Thread.ofPlatform()
            .inheritInheritableThreadLocals(false)
            .unstarted(() -> {
              try {
                sum.complete(new Library().call());
              } catch (Throwable e) {
                sum.completeExceptionally(e);
              }
            });
    bare.setContextClassLoader(null);
    bare.start();
    assertThat(sum.get()).isEqualTo(100);
    assertThat(System.getProperties()).isEqualTo(properties);
    assertThat(Thread.getDefaultUncaughtExceptionHandler()).isSameAs(handler);
    assertThat(VmState.threads("library-worker")).isEmpty();
    assertThat(VmState.shutdownHooks("library")).isEmpty();
  }

  @Test
  @DisplayName("S31: two copies in class loaders of their own work side by side, and are unloaded")
  void twoCopiesSideBySide() throws Exception {
    List<WeakReference<ClassLoader>> loaders = useTwoCopies();
    Await.until(
        "both copies are unloaded",
        () -> {
          System.gc();
          return loaders.stream().allMatch(loader -> loader.get() == null);
        });
    assertThat(VmState.threads("library-worker")).isEmpty();
  }

  private static List<WeakReference<ClassLoader>> useTwoCopies() throws Exception {
    try (URLClassLoader one = copy();
        URLClassLoader two = copy()) {
      Callable<Integer> left = library(one);
      Callable<Integer> right = library(two);
      assertThat(left.getClass()).isNotSameAs(right.getClass()).isNotSameAs(Library.class);
      List<CompletableFuture<Integer>> sums = new ArrayList<>();
      for (Callable<Integer> library : List.of(left, right, new Library())) {
        CompletableFuture<Integer> sum = new CompletableFuture<>();
        sums.add(sum);
        Thread.ofPlatform()
            .start(() -> {
              try {
                sum.complete(library.call());
              } catch (Throwable e) {
                sum.completeExceptionally(e);
              }
            });
      }
      for (CompletableFuture<Integer> sum : sums) {
        assertThat(sum.get()).isEqualTo(100);
      }
      return List.of(new WeakReference<>(one), new WeakReference<>(two));
    }
  }

  /** A loader with nothing but the JDK above it. */
  private static URLClassLoader copy() throws MalformedURLException {
    List<URL> path = new ArrayList<>();
    for (String entry :
        Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator))) {
      path.add(new File(entry).toURI().toURL());
    }
    return new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }

  @SuppressWarnings("unchecked") // it is a callable of an integer there as well
  private static Callable<Integer> library(ClassLoader of) throws ReflectiveOperationException {
    return (Callable<Integer>)
        of.loadClass(Library.class.getName()).getDeclaredConstructor().newInstance();
  }
}
