// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.runtime.LoaderRelease;
import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import java.lang.ref.WeakReference;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A class loader is released in a host that is busy, starts runtimes, or nests its loaders. */
@Tag("S47")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
@EveryTier
final class LoaderReleaseHostTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(50);

  /** A loader that is equal to all of its kind. */
  private static final class Alike extends URLClassLoader {
    Alike() {
      super(new URL[0], Alike.class.getClassLoader());
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Alike;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  private static ClassLoader child(ClassLoader parent) {
    return new URLClassLoader("child", new URL[0], parent);
  }

  private static ClassLoader plugin() {
    return child(LoaderReleaseHostTest.class.getClassLoader());
  }

  /** Returns a local whose initialiser is of a loader. */
  private static WorkerLocal<Object> localOf(ClassLoader loader, String name) {
    @SuppressWarnings("unchecked")
    Supplier<Object> initial =
        (Supplier<Object>)
            Proxy.newProxyInstance(
                loader, new Class<?>[] {Supplier.class}, (proxy, called, with) -> new Object());
    return WorkerLocal.<Object>builder(initial).name(name).build();
  }

  private static WorkerRuntime oneWorker(String name) {
    return WorkerRuntime.builder().workers(1).spareWorkers(0).name(name).start();
  }

  @Test
  @DisplayName("S47: loaders that are equal are released one by one")
  void tellsEqualLoadersApart() throws Exception {
    ClassLoader one = new Alike();
    ClassLoader two = new Alike();
    WorkerLocal<Object> ofOne = localOf(one, "of one");
    WorkerLocal<Object> ofTwo = localOf(two, "of two");
    try (WorkerRuntime runtime = oneWorker("host")) {
      runtime.run(ofOne::ref);
      LocalRef<Object> ref = runtime.run(ofTwo::ref);
      LoaderRelease.Report report = LoaderRelease.release(one, LONG);
      assertThat(report.complete()).isTrue();
      assertThat(report.destroyed()).isEqualTo(1);
      assertThat(runtime.run(ref::get)).isNotNull();
      assertThat(LoaderRelease.release(two, LONG).destroyed()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("S47: what a loader below it has is named, for it keeps the loader")
  void namesWhatLoadersBelowHave() throws Exception {
    ClassLoader parent = plugin();
    WorkerLocal<Object> below = localOf(child(parent), "below");
    try (WorkerRuntime runtime = oneWorker("host")) {
      runtime.run(below::ref);
      LoaderRelease.Report report = LoaderRelease.release(parent, LONG);
      assertThat(report.complete()).isTrue();
      assertThat(report.destroyed()).isZero();
      assertThat(report.remaining())
          .extracting(LoaderRelease.Remaining::name)
          .containsExactly("below");
    }
  }

  @Test
  @DisplayName("S47: a worker that is kept from answering, by a call on its own thread, is named")
  void namesBusyWorkers() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    WorkerLocal<Object> own = WorkerLocal.of(Object::new);
    WorkerLocal<Object> local = localOf(plugin(), "local");
    ClassLoader loader = plugin();
    try (WorkerRuntime runtime = oneWorker("host")) {
      Task<Object> task =
          runtime.spawn(() ->
              own.onOwner(value -> {
                begun.countDown();
                Await.unwillingly(end);
                return local;
              }));
      begun.await();
      try {
        LoaderRelease.Report report = LoaderRelease.release(loader, SHORT);
        assertThat(report.complete()).isFalse();
        assertThat(report.holders()).hasSize(1);
        assertThat(report.holders().getFirst().owner()).contains("host-worker-0");
        assertThat(report.holders().getFirst().stack())
            .anyMatch(frame -> frame.getMethodName().equals("unwillingly"));
      } finally {
        end.countDown();
      }
      task.join();
    }
  }

  @Test
  @DisplayName("S47: a release that waits does not keep runtimes that start and end meanwhile")
  void keepsNoRuntime() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    WorkerLocal<Object> own = WorkerLocal.of(Object::new);
    try (WorkerRuntime runtime = oneWorker("host")) {
      runtime.spawn(() ->
          own.onOwner(value -> {
            begun.countDown();
            Await.unwillingly(end);
            return value;
          }));
      begun.await();
      try {
        ClassLoader loader = plugin();
        WeakReference<WorkerRuntime> other = startedMeanwhile(loader);
        Await.until(
            "the other runtime is collected",
            () -> {
              System.gc();
              return other.refersTo(null);
            });
      } finally {
        end.countDown();
      }
    }
  }

  private static WeakReference<WorkerRuntime> startedMeanwhile(ClassLoader loader) {
    try (WorkerRuntime other = oneWorker("other")) {
      assertThat(LoaderRelease.release(loader, SHORT).complete()).isFalse();
      return new WeakReference<>(other);
    }
  }

  @Test
  @EveryTier.Only(
      value = Tier.CARRIER,
      because = "a worker of the owned tier begins when it has been started")
  @DisplayName("S47: a value that a listener makes while its worker is being started is destroyed")
  void seesWorkersThatStart() throws Exception {
    ClassLoader loader = plugin();
    WorkerLocal<Object> local = localOf(loader, "of a listener");
    CountDownLatch made = new CountDownLatch(1);
    AtomicReference<LoaderRelease.Report> report = new AtomicReference<>();
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void workerStarted(int worker) {
            local.update(value -> {});
            made.countDown();
          }
        };
    WorkerRuntime.Builder builder =
        WorkerRuntime.builder()
            .workers(1)
            .spareWorkers(0)
            .listener(listener)
            .threadFactory(body ->
                new Thread(body) {
                  @Override
                  public void start() {
                    super.start();
                    Await.unwillingly(made);
                    report.compareAndSet(null, LoaderRelease.release(loader, LONG));
                  }
                });
    try (WorkerRuntime runtime = builder.start()) {
      assertThat(report.get().complete()).isTrue();
      assertThat(report.get().destroyed()).as(runtime.name()).isEqualTo(1);
    }
  }

  @Test
  @DisplayName("S47: a value that a listener has made is destroyed, in a runtime that still starts")
  void seesRuntimesThatStart() throws Exception {
    ClassLoader loader = plugin();
    WorkerLocal<Object> local = localOf(loader, "of a listener");
    CountDownLatch made = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    AtomicInteger threads = new AtomicInteger();
    AtomicReference<WorkerRuntime> started = new AtomicReference<>();
    RuntimeListener listener =
        new RuntimeListener() {
          @Override
          public void workerStarted(int worker) {
            if (made.getCount() != 0) {
              local.update(value -> made.countDown());
            }
          }
        };
    Thread starter =
        new Thread(() ->
            started.set(
                WorkerRuntime.builder()
                    .workers(2)
                    .listener(listener)
                    .threadFactory(body -> {
                      if (threads.incrementAndGet() == 2) {
                        Await.unwillingly(go);
                      }
                      return new Thread(body);
                    })
                    .start()));
    starter.start();
    try {
      made.await();
      LoaderRelease.Report report = LoaderRelease.release(loader, LONG);
      assertThat(report.complete()).isTrue();
      assertThat(report.destroyed()).isEqualTo(1);
    } finally {
      go.countDown();
      starter.join();
      started.get().close();
    }
  }
}
