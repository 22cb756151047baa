// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads whose factory was wrapped; without the flag see {@link ThreadExitJvmTest}. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class ThreadExitFactoryTest {

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private final ThreadExitLocal<Object> local =
      ThreadExitLocal.<Object>builder(
              () -> {
                log.add("made");
                return new Object();
              })
          .name("local")
          .destructor(value -> log.add("destroyed"))
          .build();

  private static ThreadFactory plain(boolean virtual) {
    return virtual ? Thread.ofVirtual().factory() : Thread.ofPlatform().factory();
  }

  /** Returns what a wrapped factory has its thread run. */
  private static Runnable wrapped(Runnable body) {
    List<Runnable> given = new ArrayList<>();
    ThreadFactory factory =
        ThreadExitLocal.threadFactory(run -> {
          given.add(run);
          return new Thread(run);
        });
    assertThat(factory.newThread(body).getState()).isEqualTo(Thread.State.NEW);
    return given.getFirst();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theValuesOfAThreadThatThrowsAreDestroyedBeforeItsHandlerIsTold(boolean virtual)
      throws Exception {
    Thread thread =
        ThreadExitLocal.threadFactory(plain(virtual))
            .newThread(() -> {
              local.get();
              throw new IllegalStateException("body fails");
            });
    thread.setUncaughtExceptionHandler((on, failure) -> log.add(failure.getMessage()));
    thread.start();
    thread.join();
    assertThat(log).containsExactly("made", "destroyed", "body fails");
  }

  @Test
  void aVirtualThreadKeepsItsValueWhereverItIsMounted() throws Exception {
    int threads = 50;
    ThreadFactory factory = ThreadExitLocal.threadFactory(plain(true));
    ThreadExitLocal<Thread> own =
        ThreadExitLocal.of(
            Thread::currentThread, value -> log.add("own: " + (value == Thread.currentThread())));
    List<Thread> started = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread thread =
          factory.newThread(() -> {
            for (int j = 0; j < 100; j++) {
              if (own.get() != Thread.currentThread()) {
                log.add("another's");
              }
              Thread.yield();
            }
          });
      thread.start();
      started.add(thread);
    }
    for (Thread each : started) {
      each.join();
    }
    assertThat(log).hasSize(threads).containsOnly("own: true");
  }

  @Test
  void afterTheBodyTheThreadHasEndedAndCodeAroundItIsRefused() throws Exception {
    Runnable body = wrapped(local::get);
    Thread thread =
        new Thread(() -> {
          body.run();
          try {
            local.get();
          } catch (LocalDestroyedException e) {
            log.add("refused");
          }
          body.run();
          log.add("ends");
        });
    thread.start();
    thread.join();
    assertThat(log).containsExactly("made", "destroyed", "refused", "made", "destroyed", "ends");
  }

  @Test
  void theValuesOfAThreadThatHadSomeBeforeTheBodyEndWithTheThread() throws Exception {
    Runnable body =
        wrapped(() -> {
          local.get();
          log.add("body ends");
        });
    Thread thread =
        new Thread(() -> {
          Object value = local.get();
          body.run();
          log.add("same: " + (value == local.get()));
        });
    thread.start();
    thread.join();
    assertThat(log).containsExactly("made", "body ends", "same: true", "destroyed");
  }

  @Test
  void aFactoryThatWasWrappedTwiceDestroysOnce() throws Exception {
    Thread thread =
        ThreadExitLocal.threadFactory(ThreadExitLocal.threadFactory(plain(false)))
            .newThread(local::get);
    thread.start();
    thread.join();
    assertThat(log).containsExactly("made", "destroyed");
  }

  @Test
  void nullIsRefused() {
    assertThatThrownBy(() -> ThreadExitLocal.threadFactory(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("factory");
    assertThatThrownBy(() -> ThreadExitLocal.threadFactory(Thread::new).newThread(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("body");
  }

  @Test
  void aPropertyIsSetOnceAndNamesAreNotBlank() {
    assertThatThrownBy(() -> ThreadExitLocal.builder(Object::new).name("a").name("b"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("a")
        .hasMessageContaining("b");
    assertThatThrownBy(() -> ThreadExitLocal.builder(Object::new).name(" "))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> ThreadExitLocal.builder(Object::new).destructor(_ -> {}).destructor(_ -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("destructor was already set to ");
    ThreadExitLocal<Object> named = ThreadExitLocal.builder(Object::new).name("named").build();
    assertThat(named.name()).isEqualTo("named");
    assertThat(named).hasToString("ThreadExitLocal[named]");
  }
}
