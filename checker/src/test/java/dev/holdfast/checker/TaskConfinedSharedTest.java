// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.CompilationTestHelper;
import org.junit.jupiter.api.Test;

/** {@link TaskConfinedShared} on values that cross to another task and values that stay. */
final class TaskConfinedSharedTest {

  private final CompilationTestHelper compilation =
      CompilationTestHelper.newInstance(TaskConfinedShared.class, getClass());

  @Test
  void findsUsesInOtherTasks() {
    compilation
        .addSourceLines(
            "Test.java",
            """
            import dev.holdfast.local.TaskConfined;
            import dev.holdfast.runtime.WorkerRuntime;
            import java.util.concurrent.CompletableFuture;
            import java.util.concurrent.Executors;
            import java.util.concurrent.ForkJoinPool;

            class Test {
              void spawns(WorkerRuntime runtime, TaskConfined<String> given) {
                TaskConfined<String> name = TaskConfined.of("a");
                // BUG: Diagnostic contains: TaskConfined 'name' is used in the body of another task
                runtime.spawn(() -> name.get());
                // BUG: Diagnostic contains: throws EscapedReferenceException
                runtime.execute(() -> name.set("b"));
                // BUG: Diagnostic contains: Pass a copy or a message
                runtime.submit(() -> given.with(String::length));
                // BUG: Diagnostic contains: TaskConfined 'given'
                runtime.spawnBlocking(given::get);
                runtime.execute(
                    new Runnable() {
                      @Override
                      public void run() {
                        // BUG: Diagnostic contains: TaskConfined 'name'
                        name.set("c");
                      }
                    });
              }

              void elsewhere() {
                TaskConfined<String> name = TaskConfined.of("a");
                // BUG: Diagnostic contains: TaskConfined 'name'
                new Thread(() -> name.set("b")).start();
                // BUG: Diagnostic contains: TaskConfined 'name'
                Thread.startVirtualThread(() -> name.set("b"));
                // BUG: Diagnostic contains: TaskConfined 'name'
                ForkJoinPool.commonPool().submit(() -> name.set("b"));
                // BUG: Diagnostic contains: TaskConfined 'name'
                CompletableFuture.runAsync(() -> name.set("b"));
              }

              void nested(WorkerRuntime runtime) {
                runtime.execute(() -> {
                  TaskConfined<String> name = TaskConfined.of("a");
                  name.set("b");
                  // BUG: Diagnostic contains: TaskConfined 'name'
                  runtime.execute(() -> name.set("c"));
                });
              }
            }
            """)
        .doTest();
  }

  @Test
  void allowsUsesInTheSameTask() {
    compilation
        .addSourceLines(
            "Test.java",
            """
            import dev.holdfast.local.TaskConfined;
            import dev.holdfast.runtime.WorkerRuntime;
            import java.util.List;
            import java.util.concurrent.CompletableFuture;
            import java.util.function.Supplier;

            class Test {
              TaskConfined<String> field;

              void own(WorkerRuntime runtime, List<String> names) {
                runtime.execute(() -> {
                  TaskConfined<String> name = TaskConfined.of("a");
                  names.forEach(each -> name.set(each));
                  Supplier<String> later = () -> name.get();
                  later.get();
                });
              }

              void copies(WorkerRuntime runtime) {
                TaskConfined<String> name = TaskConfined.of("a");
                String copy = name.get();
                runtime.execute(() -> System.out.println(copy));
                runtime.spawn(name.get(), () -> copy);
              }

              void shows(WorkerRuntime runtime) {
                TaskConfined<String> name = TaskConfined.of("a");
                runtime.execute(() -> System.out.println(name));
              }

              void unknown(WorkerRuntime runtime) {
                runtime.execute(() -> {
                  field = TaskConfined.of("a");
                  field.set("b");
                });
              }

              void callback(CompletableFuture<String> future) {
                TaskConfined<String> name = TaskConfined.of("a");
                future.thenAccept(name::set);
              }
            }
            """)
        .doTest();
  }

  @Test
  void canBeSuppressed() {
    compilation
        .addSourceLines(
            "Test.java",
            """
            import dev.holdfast.local.TaskConfined;
            import dev.holdfast.runtime.WorkerRuntime;

            class Test {
              @SuppressWarnings("TaskConfinedShared") // shows that it throws
              void misuse(WorkerRuntime runtime) {
                TaskConfined<String> name = TaskConfined.of("a");
                runtime.execute(() -> name.set("b"));
              }
            }
            """)
        .doTest();
  }
}
