// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.CompilationTestHelper;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link SpawnInDestructor} on code that is right and code that is wrong. */
@Tag("S37")
final class SpawnInDestructorTest {

  private final CompilationTestHelper compilation =
      CompilationTestHelper.newInstance(SpawnInDestructor.class, getClass());

  @Test
  void findsEveryWayToStartWork() {
    compilation
        .addSourceLines(
            "Test.java",
            """
            import dev.holdfast.local.WorkerLocal;
            import dev.holdfast.runtime.WorkerRuntime;
            import java.util.List;

            class Test {
              WorkerRuntime runtime;

              WorkerLocal<StringBuilder> lambda = WorkerLocal.of(StringBuilder::new, value -> {
                // BUG: Diagnostic contains: hand it to an executor that outlives the runtime
                runtime.spawn(value::toString);
                // BUG: Diagnostic contains: SpawnInDestructor
                runtime.spawnBlocking(value::toString);
                // BUG: Diagnostic contains: SpawnInDestructor
                this.runtime.submit(value::toString);
                // BUG: Diagnostic contains: SpawnInDestructor
                runtime.execute(() -> {});
                // BUG: Diagnostic contains: SpawnInDestructor
                runtime.threadFactory().newThread(() -> {}).start();
              });

              WorkerLocal<List<String>> nested = WorkerLocal.of(List::of, values ->
                  // BUG: Diagnostic contains: SpawnInDestructor
                  values.forEach(value -> runtime.spawn(() -> value)));

              WorkerLocal<StringBuilder> builder =
                  WorkerLocal.<StringBuilder>builder(StringBuilder::new)
                      .name("built")
                      .destructor(this::end)
                      .build();

              void end(StringBuilder value) {
                // BUG: Diagnostic contains: SpawnInDestructor
                runtime.spawn(value::toString);
              }
            }
            """)
        .doTest();
  }

  @Test
  void isSilentWhereWorkIsTaken() {
    compilation
        .addSourceLines(
            "Test.java",
            """
            import dev.holdfast.local.TaskLocal;
            import dev.holdfast.local.WorkerLocal;
            import dev.holdfast.runtime.WorkerRuntime;
            import java.util.concurrent.ExecutorService;
            import java.util.function.Consumer;

            class Test {
              WorkerRuntime runtime;
              ExecutorService other;
              Consumer<StringBuilder> unknown;

              WorkerLocal<StringBuilder> plain = WorkerLocal.of(StringBuilder::new, value -> {
                value.setLength(0);
                other.submit(value::toString);
              });

              WorkerLocal<StringBuilder> notShown = WorkerLocal.of(StringBuilder::new, unknown);

              WorkerLocal<StringBuilder> elsewhere =
                  WorkerLocal.of(StringBuilder::new, StringBuilder::trimToSize);

              // A runtime within a runtime, which is closed with the value.
              WorkerLocal<WorkerRuntime> inner = WorkerLocal.of(WorkerRuntime::start, value -> {
                value.spawn(() -> "last words").join();
                value.close();
              });

              // The destructor of a task's value is a part of the task.
              TaskLocal<StringBuilder> task =
                  TaskLocal.of(StringBuilder::new, value -> runtime.spawn(value::toString));

              WorkerLocal<StringBuilder> initialiser = WorkerLocal.of(() -> {
                runtime.spawn(() -> "made");
                return new StringBuilder();
              });

              WorkerLocal<StringBuilder> suppressed =
                  WorkerLocal.of(StringBuilder::new, this::knowing);

              @SuppressWarnings("SpawnInDestructor") // of another runtime
              void knowing(StringBuilder value) {
                runtime.spawn(value::toString);
              }
            }
            """)
        .doTest();
  }

  @Test
  void isSilentWithoutHoldfast() {
    compilation
        .withClasspath()
        .addSourceLines(
            "Test.java",
            """
            import java.util.function.Consumer;

            class Test {
              Builder builder = new Builder().destructor(value -> of("a", "b"));

              static void of(String left, String right) {}

              static class Builder {
                Builder destructor(Consumer<String> consumer) {
                  return this;
                }
              }
            }
            """)
        .doTest();
  }
}
