// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.ForkedJvm;
import dev.holdfast.testing.VmState;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Runtimes inside a library that does not own main(): nothing global is asked for, or left. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@Tag("S31")
final class LibraryTest {

  @Test
  @DisplayName("S31: a library uses runtimes on any thread of a program, and leaves all as it was")
  void aLibraryLeavesTheJvmAsItWas() throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(LibraryChild.class);
    assertThat(outcome.lines())
        .containsExactly(
            "main: cba",
            "platform thread: daerht mroftalp",
            "virtual thread: daerht lautriv",
            "common pool: loop nommoc",
            "thread group: puorg daerht",
            "context class loader: as before",
            "default handler: as before",
            "interrupted: as before",
            "name and priority: as before",
            "properties: as before",
            "shutdown hooks: as before",
            "threads: as before",
            "threads of the group: 0");
    assertThat(outcome.exit()).isZero();
  }

  /** Uses a Holdfast that a class loader of its own has loaded, and forgets it. */
  private static WeakReference<ClassLoader> useOnce(int round) throws Exception {
    URL here = WorkerRuntime.class.getProtectionDomain().getCodeSource().getLocation();
    // Not closed: a plug-in's loader is dropped, and what it opened with it.
    ClassLoader loader = new URLClassLoader(new URL[] {here}, ClassLoader.getPlatformClassLoader());
    Class<?> runtimes = loader.loadClass(WorkerRuntime.class.getName());
    Class<?> locals = loader.loadClass(WorkerLocal.class.getName());
    assertThat(runtimes).isNotSameAs(WorkerRuntime.class);

    Object local = locals.getMethod("of", Supplier.class).invoke(null, supplier());
    Callable<Object> body =
        () -> locals.getMethod("with", Function.class).invoke(local, Function.identity());
    try (ExecutorService runtime = (ExecutorService) runtimes.getMethod("start").invoke(null)) {
      Object value = runtimes.getMethod("run", Callable.class).invoke(runtime, body);
      assertThat(value.toString()).isEqualTo("made");
      assertThat(runtime.submit(() -> round).get()).isEqualTo(round);
    }
    return new WeakReference<>(loader);
  }

  private static Supplier<Object> supplier() {
    return () -> new StringBuilder("made");
  }

  @Test
  @DisplayName("S31: the class loader of a library that closed its runtimes can be collected")
  void theClassLoaderOfALibraryCanBeCollected() throws Exception {
    for (int round = 0; round < 3; round++) {
      WeakReference<ClassLoader> loader = useOnce(round);
      Await.until(
          "the library's class loader is collected",
          () -> {
            System.gc();
            return loader.get() == null;
          });
    }
  }

  @Test
  @DisplayName("S31: a static local costs nothing, and asks for nothing, until it is used")
  void aStaticLocalStartsNothing() throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(List.of(), StaticChild.class);
    assertThat(outcome.lines())
        .containsExactly(
            "EscapedReferenceException", "TierUnavailableException", "threads: [main]", "ours: []");
    assertThat(outcome.exit()).isZero();
  }

  /** A program without the flag, one of whose classes has a local that it may never use. */
  static final class StaticChild {
    private static final WorkerLocal<Object> UNUSED = WorkerLocal.of(Object::new);

    public static void main(String[] arguments) {
      try {
        UNUSED.with(Object::hashCode);
      } catch (RuntimeException e) {
        System.out.println(e.getClass().getSimpleName());
      }
      try {
        WorkerRuntime.start().close();
      } catch (RuntimeException e) {
        System.out.println(e.getClass().getSimpleName());
      }
      System.out.println(
          "threads: "
              + Thread.getAllStackTraces().keySet().stream()
                  .filter(thread -> !thread.isDaemon())
                  .map(Thread::getName)
                  .toList());
      System.out.println("ours: " + VmState.threads("holdfast"));
    }
  }
}
