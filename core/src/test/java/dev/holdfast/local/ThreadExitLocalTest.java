// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.testing.Await;
import dev.holdfast.testing.LogRecords;
import java.io.Closeable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** Values of platform threads that nobody of ours started, in a JVM that opens java.lang. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class ThreadExitLocalTest {

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private ThreadExitLocal<String> logging(String name) {
    return ThreadExitLocal.<String>builder(() -> name)
        .name(name)
        .destructor(value -> log.add(value + " on " + Thread.currentThread().getName()))
        .build();
  }

  /** Runs a body on a thread made by nothing but the JDK, and waits for the thread's end. */
  private static void onThread(String name, Runnable body) throws InterruptedException {
    Thread thread = new Thread(body, name);
    thread.start();
    thread.join();
  }

  @Test
  void everyPlatformThreadCanBeUsedWithTheFlag() {
    assertThat(ThreadExitLocal.unavailable()).isEmpty();
  }

  @Test
  void aThreadHasOneValueOfItsOwn() throws Exception {
    ThreadExitLocal<Object> local = ThreadExitLocal.of(Object::new);
    Set<Object> seen = ConcurrentHashMap.newKeySet();
    AtomicInteger changed = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      onThread(
          "user",
          () -> {
            Object first = local.get();
            seen.add(first);
            if (local.get() != first) {
              changed.incrementAndGet();
            }
          });
    }
    assertThat(seen).hasSize(3);
    assertThat(changed).hasValue(0);
  }

  @Test
  void valuesAreDestroyedOnTheirThreadLastMadeFirstBeforeJoinReturns() throws Exception {
    ThreadExitLocal<String> first = logging("first");
    ThreadExitLocal<String> second = logging("second");
    ThreadExitLocal<String> third = logging("third");
    onThread(
        "user",
        () -> {
          third.get();
          first.get();
          second.get();
          first.get();
          log.add("body ends");
        });
    assertThat(log)
        .containsExactly("body ends", "second on user", "first on user", "third on user");
  }

  @Test
  void aThreadThatThrowsDestroysItsValuesAfterItsHandlerWasTold() throws Exception {
    ThreadExitLocal<String> local = logging("local");
    Thread thread =
        new Thread(
            () -> {
              local.get();
              throw new IllegalStateException("body fails");
            },
            "user");
    thread.setUncaughtExceptionHandler((on, failure) -> log.add(failure.getMessage()));
    thread.start();
    thread.join();
    assertThat(log).containsExactly("body fails", "local on user");
  }

  @Test
  void aDestructorSeesItsThreadAliveAndNotInterruptedWithItsThreadLocals() throws Exception {
    ThreadLocal<String> plain = new ThreadLocal<>();
    ThreadExitLocal<String> local =
        ThreadExitLocal.of(
            () -> "value",
            value -> {
              Thread current = Thread.currentThread();
              log.add(current.isAlive() + " " + current.isInterrupted() + " " + plain.get());
            });
    onThread(
        "user",
        () -> {
          plain.set("kept");
          local.get();
          Thread.currentThread().interrupt();
        });
    assertThat(log).containsExactly("true false kept");
  }

  @Test
  void aCloseableValueIsClosed() throws Exception {
    ThreadExitLocal<Closeable> local = ThreadExitLocal.of(() -> () -> log.add("closed"));
    onThread("user", local::get);
    assertThat(log).containsExactly("closed");
  }

  @Test
  void aDestructorMayMakeAValueWhichIsDestroyedNext() throws Exception {
    ThreadExitLocal<String> old = logging("old");
    ThreadExitLocal<String> late = logging("late");
    ThreadExitLocal<String> making =
        ThreadExitLocal.of(
            () -> "making",
            value -> {
              log.add("making");
              late.get();
            });
    onThread(
        "user",
        () -> {
          old.get();
          making.get();
        });
    assertThat(log).containsExactly("making", "late on user", "old on user");
  }

  @Test
  void destructorsThatMakeValuesForEverAreLeftAfterTheLastRound() throws Exception {
    AtomicInteger destroyed = new AtomicInteger();
    ThreadExitLocal<String> old = logging("old");
    try (LogRecords records = LogRecords.of("dev.holdfast")) {
      onThread(
          "user",
          () -> {
            old.get();
            endless(destroyed).get();
          });
      assertThat(records.messages())
          .singleElement()
          .asString()
          .contains("thread 'user'")
          .contains("64 rounds");
    }
    // One for each round, the first of which is none that a destructor made.
    assertThat(destroyed).hasValue(65);
    assertThat(log).containsExactly("old on user");
  }

  private static ThreadExitLocal<Object> endless(AtomicInteger destroyed) {
    return ThreadExitLocal.of(
        Object::new,
        value -> {
          destroyed.incrementAndGet();
          endless(destroyed).get();
        });
  }

  @Test
  void aFailingDestructorStopsNoOtherAndIsLogged() throws Exception {
    ThreadExitLocal<String> old = logging("old");
    ThreadExitLocal<String> failing =
        ThreadExitLocal.<String>builder(() -> "value")
            .name("failing")
            .destructor(value -> {
              throw new AssertionError("destructor fails");
            })
            .build();
    AtomicReference<Throwable> uncaught = new AtomicReference<>();
    try (LogRecords records = LogRecords.of("dev.holdfast")) {
      Thread thread =
          new Thread(
              () -> {
                old.get();
                failing.get();
              },
              "user");
      thread.setUncaughtExceptionHandler((on, failure) -> uncaught.set(failure));
      thread.start();
      thread.join();
      assertThat(records.messages())
          .singleElement()
          .asString()
          .contains("'failing'", "thread 'user'", "destructor fails");
    }
    assertThat(log).containsExactly("old on user");
    assertThat(uncaught).hasValue(null);
  }

  @Test
  void aDestroyedValueIsRefusedAndAnOlderOneIsNot() throws Exception {
    ThreadExitLocal<String> old = logging("old");
    AtomicReference<ThreadExitLocal<String>> itself = new AtomicReference<>();
    AtomicReference<Throwable> refused = new AtomicReference<>();
    ThreadExitLocal<String> local =
        ThreadExitLocal.<String>builder(() -> "value")
            .name("local")
            .destructor(value -> {
              log.add(old.get());
              try {
                itself.get().get();
              } catch (LocalDestroyedException e) {
                refused.set(e);
              }
            })
            .build();
    itself.set(local);
    onThread(
        "user",
        () -> {
          old.get();
          local.get();
        });
    assertThat(log).containsExactly("old", "old on user");
    assertThat(refused.get()).hasMessageContaining("'local'").hasMessageContaining("'user'");
  }

  @Test
  void anInitialiserThatThrowsIsTriedAgainAndLeavesNothingToDestroy() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    ThreadExitLocal<String> local =
        ThreadExitLocal.of(
            () -> {
              if (tries.incrementAndGet() == 1) {
                throw new IllegalArgumentException("not yet");
              }
              return "made";
            },
            log::add);
    onThread(
        "user",
        () -> {
          assertThatThrownBy(local::get).hasMessage("not yet");
          log.add("failed");
          local.get();
        });
    assertThat(log).containsExactly("failed", "made");
  }

  @Test
  void anInitialiserThatComesBackToItselfIsRefused() throws Exception {
    AtomicReference<ThreadExitLocal<String>> itself = new AtomicReference<>();
    ThreadExitLocal<String> through = ThreadExitLocal.of(() -> itself.get().get());
    itself.set(ThreadExitLocal.<String>builder(through::get).name("cyclic").build());
    AtomicReference<Throwable> refused = new AtomicReference<>();
    onThread(
        "user",
        () -> {
          try {
            itself.get().get();
          } catch (InitializerCycleException e) {
            refused.set(e);
          }
        });
    assertThat(refused.get()).hasMessageContaining("cyclic -> ").hasMessageContaining("'user'");
  }

  @Test
  void theCommonPoolDoesNotWipeAValueBetweenTwoTasks() throws Exception {
    ThreadExitLocal<Object> local = ThreadExitLocal.of(Object::new);
    ThreadLocal<Object> plain = new ThreadLocal<>();
    Map<Thread, Object> values = new ConcurrentHashMap<>();
    AtomicInteger changed = new AtomicInteger();
    AtomicInteger wiped = new AtomicInteger();
    Callable<Boolean> round =
        () -> {
          // Not by a future of the pool, whose waiting caller would run the task itself.
          CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
          ForkJoinPool.commonPool()
              .execute(() -> {
                Object now = local.get();
                Object before = values.putIfAbsent(Thread.currentThread(), now);
                if (before != null && before != now) {
                  changed.incrementAndGet();
                }
                if (before != null && plain.get() == null) {
                  wiped.incrementAndGet();
                }
                plain.set(now);
                done.complete(null);
              });
          done.get(20, TimeUnit.SECONDS);
          return wiped.get() > 0;
        };
    for (int i = 0; i < 200; i++) {
      round.call();
    }
    // Or this test shows nothing. The pool wipes as a thread of it finds no more to do, which it
    // does not between two tasks that come quickly.
    Await.until(
        "the pool has wiped a plain thread-local",
        () -> {
          try {
            return round.call();
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
    assertThat(changed).hasValue(0);
    assertThat(values).isNotEmpty();
  }

  @Test
  void aThreadThatRunsOnKeepsItsValue() throws Exception {
    ThreadExitLocal<String> local = logging("local");
    CountDownLatch made = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    Thread running =
        new Thread(
            () -> {
              local.get();
              made.countDown();
              try {
                end.await();
              } catch (InterruptedException e) {
                log.add("interrupted");
              }
            },
            "running");
    running.start();
    made.await();
    onThread("short", local::get);
    assertThat(log).containsExactly("local on short");
    end.countDown();
    running.join();
    assertThat(log).containsExactly("local on short", "local on running");
  }
}
