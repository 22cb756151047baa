// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.CompilationTestHelper;
import org.junit.jupiter.api.Test;

/** {@link SpawnCapturesUnsafe} on objects that tasks share and objects that are handed over. */
final class SpawnCapturesUnsafeTest {

  private final CompilationTestHelper compilation =
      CompilationTestHelper.newInstance(SpawnCapturesUnsafe.class, getClass());

  private void test(String methods) {
    compilation
        .addSourceLines(
            "Test.java",
            """
            import com.google.errorprone.annotations.ThreadSafe;
            import dev.holdfast.runtime.Task;
            import dev.holdfast.runtime.WorkerRuntime;
            import java.util.*;
            import java.util.concurrent.*;
            import java.util.concurrent.atomic.*;
            import java.util.concurrent.locks.*;
            import java.util.stream.*;

            class Test {
              WorkerRuntime runtime;

              static class Counter {
                int count;
                volatile int seen;
              }

              @ThreadSafe
              static class SafeCounter {
                int count;
              }

              static void use(Object any) {}

            """
                + methods
                + "}\n")
        .doTest();
  }

  @Test
  void findsWhatTasksOfALoopShare() {
    test(
        """
        void list(List<String> names) {
          List<String> found = new ArrayList<>();
          for (String name : names) {
            // BUG: Diagnostic contains: 'found' with the other tasks that are started here, and class ArrayList
            runtime.execute(() -> found.add(name));
          }
        }

        void array() {
          int[] count = {0};
          for (int i = 0; i < 10; i++) {
            // BUG: Diagnostic contains: and an array is not thread-safe
            runtime.execute(() -> count[0]++);
          }
        }

        void object(Counter counter) {
          while (counter.seen < 10) {
            // BUG: Diagnostic contains: class Counter
            runtime.execute(() -> counter.count += 2);
          }
        }

        void stream() {
          Map<Integer, Integer> squares = new HashMap<>();
          List<Task<Integer>> tasks =
              IntStream.range(0, 10)
                  .mapToObj(i ->
                      // BUG: Diagnostic contains: 'squares'
                      runtime.<Integer>spawn(() -> squares.put(i, i * i)))
                  .toList();
          tasks.forEach(Task::join);
        }

        void anonymous() {
          var sum = new Object() { int value; };
          for (int i = 0; i < 10; i++) {
            // BUG: Diagnostic contains: and its class is not thread-safe
            runtime.execute(() -> sum.value++);
          }
        }

        void reused() {
          StringBuilder line = new StringBuilder();
          for (int i = 0; i < 10; i++) {
            line.setLength(0);
            line.append(i);
            // BUG: Diagnostic contains: 'line' with the code that starts it
            runtime.execute(() -> System.out.println(line.toString()));
          }
        }
        """);
  }

  @Test
  void findsWhatTheStarterGoesOnToUse() {
    test(
        """
        void goesOn() {
          List<String> found = new ArrayList<>();
          // BUG: Diagnostic contains: 'found' with the code that goes on after its start
          runtime.execute(() -> found.add("task"));
          found.add("caller");
        }

        int reads() {
          Counter counter = new Counter();
          // BUG: Diagnostic contains: 'counter'
          Task<Integer> task = runtime.spawn(() -> counter.count++);
          return counter.count;
        }

        void changes() {
          StringBuilder text = new StringBuilder("text");
          // BUG: Diagnostic contains: 'text'
          runtime.execute(() -> System.out.println(text.length()));
          text.append("more");
        }

        void two() {
          ArrayDeque<String> queue = new ArrayDeque<>();
          // BUG: Diagnostic contains: 'queue'
          runtime.execute(() -> queue.add("one"));
          runtime.execute(() -> queue.add("two"));
        }
        """);
  }

  @Test
  void allowsWhatIsHandedOver() {
    test(
        """
        void handedOver() {
          List<String> names = new ArrayList<>();
          names.add("before");
          runtime.execute(() -> names.add("task"));
        }

        void eachItsOwn() {
          for (int i = 0; i < 10; i++) {
            List<Integer> own = new ArrayList<>();
            own.add(i);
            runtime.execute(() -> own.add(1));
          }
        }

        void madeInTheTask() {
          for (int i = 0; i < 10; i++) {
            runtime.execute(() -> {
              List<String> own = new ArrayList<>();
              own.add("task");
            });
          }
        }

        void onlyRead() {
          List<String> names = new ArrayList<>(List.of("a"));
          for (int i = 0; i < 10; i++) {
            runtime.execute(() -> use(names.size()));
          }
          use(names.size());
        }

        void ownElements() {
          int[] results = new int[10];
          for (int i = 0; i < 10; i++) {
            int at = i;
            runtime.execute(() -> results[at] = at * at);
          }
        }
        """);
  }

  @Test
  void allowsWhatIsWaitedFor() {
    test(
        """
        List<String> joined() {
          List<String> found = new ArrayList<>();
          Task<Boolean> task = runtime.spawn(() -> found.add("task"));
          task.join();
          found.add("caller");
          return found;
        }

        void joinedAtOnce() {
          List<String> found = new ArrayList<>();
          for (int i = 0; i < 10; i++) {
            runtime.spawn(() -> found.add("task")).join();
          }
          use(found);
        }

        void joinedInTheLoop() {
          List<String> found = new ArrayList<>();
          for (int i = 0; i < 10; i++) {
            Task<Boolean> task = runtime.spawn(() -> found.add("task"));
            task.join();
          }
        }

        void joinedInTheStream() {
          List<Integer> found = new ArrayList<>();
          IntStream.range(0, 10)
              .mapToObj(i -> runtime.spawn(() -> found.add(i)))
              .forEach(Task::join);
        }

        void closed() {
          List<String> found = new ArrayList<>();
          try (WorkerRuntime own = WorkerRuntime.start()) {
            own.execute(() -> found.add("task"));
          }
          found.add("caller");
        }

        void latch() throws InterruptedException {
          List<String> found = new ArrayList<>();
          CountDownLatch done = new CountDownLatch(1);
          runtime.execute(() -> {
            found.add("task");
            done.countDown();
          });
          done.await();
          found.add("caller");
        }

        void awaited() {
          List<String> found = new ArrayList<>();
          List<Task<Boolean>> tasks = new ArrayList<>();
          tasks.add(runtime.spawn(() -> found.add("task")));
          finish(tasks);
          found.add("caller");
        }

        void finish(List<Task<Boolean>> tasks) {
          tasks.forEach(Task::join);
        }

        void run() throws Exception {
          List<String> found = new ArrayList<>();
          for (int i = 0; i < 10; i++) {
            runtime.run(() -> found.add("task"));
          }
        }
        """);
  }

  @Test
  void allowsLocks() {
    test(
        """
        void monitor() {
          List<String> found = new ArrayList<>();
          for (int i = 0; i < 10; i++) {
            runtime.execute(() -> {
              synchronized (found) {
                found.add("task");
              }
            });
          }
        }

        void lock(ReentrantLock lock) {
          List<String> found = new ArrayList<>();
          runtime.execute(() -> found.add("task"));
          lock.lock();
          found.add("caller");
        }
        """);
  }

  @Test
  void allowsSafeTypes() {
    test(
        """
        void safe(SafeCounter given, Vector<String> vector) {
          List<String> list = new CopyOnWriteArrayList<>();
          List<String> wrapped = Collections.synchronizedList(new ArrayList<>());
          Map<String, String> map = new ConcurrentHashMap<>();
          Map<String, List<String>> lists = new ConcurrentHashMap<>();
          Queue<Counter> counters = new ConcurrentLinkedQueue<>();
          AtomicInteger count = new AtomicInteger();
          StringBuffer text = new StringBuffer();
          Counter counter = new Counter();
          for (int i = 0; i < 10; i++) {
            runtime.execute(() -> {
              list.add("task");
              wrapped.add("task");
              map.put("task", "");
              lists.put("task", new ArrayList<>());
              counters.add(new Counter());
              count.set(1);
              given.count++;
              vector.add("task");
              text.append("task");
              counter.seen = 1;
            });
          }
        }

        void unknown(List<String> list, Map<String, String> map) {
          for (int i = 0; i < 10; i++) {
            runtime.execute(() -> {
              list.add("task");
              map.put("task", "");
            });
          }
        }
        """);
  }

  @Test
  void allowsWhatDoesNotFollow() {
    test(
        """
        void otherBranch(boolean apart) {
          List<String> found = new ArrayList<>();
          if (apart) {
            runtime.execute(() -> found.add("task"));
          } else {
            found.add("caller");
          }
        }

        void returned(boolean apart) {
          List<String> found = new ArrayList<>();
          if (apart) {
            runtime.execute(() -> found.add("task"));
            return;
          }
          found.add("caller");
        }

        void refused() {
          List<String> found = new ArrayList<>();
          try {
            runtime.execute(() -> found.add("task"));
          } catch (RejectedExecutionException e) {
            found.add("caller");
          }
        }

        Runnable later() {
          List<String> found = new ArrayList<>();
          runtime.execute(() -> found.add("task"));
          return () -> use(found);
        }
        """);
  }

  @Test
  void anOptionNamesSafeTypes() {
    compilation.setArgs("-XepOpt:Holdfast:ThreadSafeTypes=Test.Counter");
    test(
        """
        void object(Counter counter) {
          for (int i = 0; i < 10; i++) {
            runtime.execute(() -> counter.count++);
          }
        }
        """);
  }

  @Test
  void canBeSuppressed() {
    test(
        """
        @SuppressWarnings("SpawnCapturesUnsafe") // one worker, and no blocking point in the task
        void list(List<String> names) {
          List<String> found = new ArrayList<>();
          for (String name : names) {
            runtime.execute(() -> found.add(name));
          }
        }
        """);
  }
}
