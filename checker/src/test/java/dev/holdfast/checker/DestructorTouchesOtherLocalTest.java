// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.CompilationTestHelper;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link DestructorTouchesOtherLocal} on code that is right and code that is wrong. */
@Tag("S41")
final class DestructorTouchesOtherLocalTest {

  private void check(String members) {
    CompilationTestHelper.newInstance(DestructorTouchesOtherLocal.class, getClass())
        .addSourceLines(
            "Test.java",
            """
            import dev.holdfast.local.*;
            import dev.holdfast.memory.WorkerArena;
            import java.util.*;
            import java.util.concurrent.atomic.LongAdder;

            class Test {
              static final WorkerLocal<LongAdder> ENDED = WorkerLocal.of(LongAdder::new);
              static final WorkerArena ARENA = WorkerArena.create();
              static class Log {
                final long start = ENDED.with(LongAdder::sum);
              }
            """,
            members,
            "}")
        .doTest();
  }

  @Test
  void findsItsOwn() {
    check(
        """
        static final WorkerLocal<StringBuilder> TEXT = WorkerLocal.of(StringBuilder::new, text -> {
          // BUG: Diagnostic contains: The destructor of TEXT asks it for the value that is being
          Test.TEXT.update(value -> value.setLength(0));
        });

        WorkerLocal<StringBuilder> built;

        Test() {
          built = WorkerLocal.<StringBuilder>builder(StringBuilder::new)
              .name("built")
              .destructor(this::end)
              .leases(2)
              .build();
        }

        void end(StringBuilder value) {
          // BUG: Diagnostic contains: The destructor of built asks it
          built.ref().get().setLength(0);
        }
        """);
  }

  @Test
  void findsOthersThatMayBeYounger() {
    check(
        """
        static final WorkerLocal<StringBuilder> TEXT = WorkerLocal.of(StringBuilder::new, text -> {
          // BUG: Diagnostic contains: A destructor asks for the value of ENDED, which may be
          ENDED.update(LongAdder::increment);
          // BUG: Diagnostic contains: Let the initialiser use ENDED
          ENDED.ref().get().increment();
          // BUG: Diagnostic contains: the value of ENDED
          Runnable later = () -> ENDED.onOwner(LongAdder::sum);
        });
        static final WorkerLocal<List<String>> LIST = WorkerLocal.of(() -> make(), list -> {
          // BUG: Diagnostic contains: the value of ENDED
          ENDED.update(LongAdder::increment);
        });

        static List<String> make() {
          return new ArrayList<>();
        }
        """);
  }

  @Test
  void findsWhatNeedsATask() {
    check(
        """
        static final WorkerLocal<LongAdder> LEASED = WorkerLocal.of(LongAdder::new, value -> {
          // BUG: Diagnostic contains: a destructor runs in none
          try (Lease<LongAdder> lease = ENDED.lease()) {
            lease.get().increment();
          }
          // BUG: Diagnostic contains: a destructor runs in none
          ARENA.open().close();
          // BUG: Diagnostic contains: a destructor runs in none
          Optional.of(value).map(each -> ENDED.guard());
        });
        """);
  }

  @Test
  void isSilentOnWhatIsThere() {
    check(
        """
        // Older: the initialiser used it.
        static final WorkerLocal<StringBuilder> TEXT = WorkerLocal.of(
            () -> new StringBuilder().append(ENDED.with(LongAdder::sum)),
            text -> ENDED.update(LongAdder::increment));
        static final WorkerLocal<Log> LOG =
            WorkerLocal.of(Log::new, log -> ENDED.update(LongAdder::increment));
        static final WorkerLocal<Log> LOGS =
            WorkerLocal.of(() -> make(), log -> ENDED.update(LongAdder::increment));

        static Log make() {
          return new Log();
        }

        // What it is given, and what it has.
        static class Holder {
          final WorkerLocal<LongAdder> inner = WorkerLocal.of(LongAdder::new);
        }
        static final WorkerLocal<Holder> HOLDER =
            WorkerLocal.of(Holder::new, holder -> holder.inner.update(LongAdder::reset));

        // A destructor of a task's value runs in the task.
        static final TaskLocal<StringBuilder> TASK =
            TaskLocal.of(StringBuilder::new, text -> ENDED.update(LongAdder::increment));

        // Not shown.
        static WorkerLocal.Builder<StringBuilder> with(WorkerLocal.Builder<StringBuilder> builder) {
          return builder.destructor(text -> ENDED.update(LongAdder::increment));
        }

        static final WorkerLocal<StringBuilder> PLAIN =
            WorkerLocal.of(StringBuilder::new, text -> text.setLength(0));

        static final WorkerLocal<StringBuilder> SUPPRESSED =
            WorkerLocal.of(StringBuilder::new, Test::end);

        @SuppressWarnings("DestructorTouchesOtherLocal") // the first task of each worker uses ENDED
        static void end(StringBuilder text) {
          ENDED.update(LongAdder::increment);
        }
        """);
  }
}
