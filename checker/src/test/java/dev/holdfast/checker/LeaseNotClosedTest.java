// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.BugCheckerRefactoringTestHelper;
import com.google.errorprone.CompilationTestHelper;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link LeaseNotClosed} on code that is right and code that is wrong, and what it makes of it. */
@Tag("S6")
final class LeaseNotClosedTest {

  private static final String HEAD =
      """
      import dev.holdfast.local.*;
      import dev.holdfast.memory.WorkerArena;
      import java.lang.foreign.*;
      import java.util.*;
      import java.util.concurrent.*;
      import java.util.zip.Deflater;

      class Test {
        static final WorkerLocal<Deflater> LOCAL = WorkerLocal.of(Deflater::new, Deflater::end);
        static final WorkerArena ARENA = WorkerArena.create();

      """;

  private void check(String members) {
    CompilationTestHelper.newInstance(LeaseNotClosed.class, getClass())
        .addSourceLines("Test.java", HEAD, members, "}")
        .doTest();
  }

  private void refactor(String before, String after) {
    BugCheckerRefactoringTestHelper.newInstance(LeaseNotClosed.class, getClass())
        .addInputLines("Test.java", HEAD, before, "}")
        .addOutputLines("Test.java", HEAD, after, "}")
        .doTest();
  }

  @Test
  void nobodyCanCloseIt() {
    check(
        """
        int open() {
          // BUG: Diagnostic contains: This Lease is dropped at once
          LOCAL.lease();
          // BUG: Diagnostic contains: This Guard is dropped at once
          LOCAL.guard();
          // BUG: Diagnostic contains: This scope is used without a variable
          ARENA.open().allocate(8);
          // BUG: Diagnostic contains: This Guard is used without a variable
          LOCAL.guard().get().reset();
          // BUG: Diagnostic contains: This Lease is used without a variable
          return (LOCAL.lease()).get().getTotalIn();
        }
        """);
  }

  @Test
  void nobodyClosesIt() {
    check(
        """
        int open(boolean fast) {
          // BUG: Diagnostic contains: This Lease is never closed
          Lease<Deflater> lease = LOCAL.lease();
          lease.get().reset();
          // BUG: Diagnostic contains: the runtime cannot end
          Guard<Deflater> guard = LOCAL.guard();
          // BUG: Diagnostic contains: its slab is not used again
          Arena scope = ARENA.open();
          MemorySegment segment = scope.allocate(8);
          Runnable body = () -> {
            // BUG: Diagnostic contains: This Lease is never closed
            var other = LOCAL.lease();
            other.get().reset();
          };
          return guard.get().getTotalIn();
        }
        """);
  }

  @Test
  void itStaysOpenWhenCodeThrows() {
    check(
        """
        void open(byte[] data) {
          // BUG: Diagnostic contains: stays open if the code before its close() throws
          Lease<Deflater> lease = LOCAL.lease();
          lease.get().setInput(data);
          lease.close();
        }
        """);
  }

  @Test
  void isSilentWhenItIsClosedOrHandedOver() {
    check(
        """
        Lease<Deflater> field;
        final Deque<Lease<Deflater>> all = new ArrayDeque<>();

        int closed(CompletableFuture<String> future, boolean early) {
          try (Lease<Deflater> lease = LOCAL.lease(); Arena scope = ARENA.open()) {
            lease.get().reset();
          }
          Lease<Deflater> later = LOCAL.lease();
          try (later) {
            later.get().reset();
          }
          Lease<Deflater> byHand = LOCAL.lease();
          try {
            byHand.get().reset();
          } finally {
            byHand.close();
          }
          Lease<Deflater> atOnce = LOCAL.lease();
          atOnce.close();
          LOCAL.lease().close();
          Lease<Deflater> inBranches = LOCAL.lease();
          if (early) {
            inBranches.close();
            return 0;
          }
          inBranches.get().reset();
          inBranches.close();
          Guard<Deflater> taken = LOCAL.guard();
          future.whenComplete((text, failure) -> {
            try (taken) {
              taken.get().reset();
            }
          });
          Guard<Deflater> closedElsewhere = LOCAL.guard();
          future.thenRun(closedElsewhere::close);
          Lease<Deflater> next = LOCAL.lease();
          for (int i = 0; i < 3; i++) {
            next.close();
            next = LOCAL.lease();
          }
          next.close();
          return 1;
        }

        Lease<Deflater> handedOver(boolean direct) {
          if (direct) {
            return LOCAL.lease();
          }
          field = LOCAL.lease();
          all.push(LOCAL.lease());
          Lease<Deflater> argument = LOCAL.lease();
          all.push(argument);
          Callable<Lease<Deflater>> body = () -> LOCAL.lease();
          Callable<Lease<Deflater>> reference = LOCAL::lease;
          Lease<Deflater> result = LOCAL.lease();
          result.get().reset();
          return result;
        }

        void refused() {
          org.junit.jupiter.api.Assertions.assertThrows(
              EscapedReferenceException.class, () -> { LOCAL.lease(); });
        }

        @SuppressWarnings("LeaseNotClosed") // ends with the task, which is what is tested
        void suppressed() {
          LOCAL.lease();
        }
        """);
  }

  @Test
  void theRestOfTheBlockIsPutIntoATry() {
    refactor(
        """
          int rest(byte[] data) {
            data[0] = 1;
            Lease<Deflater> lease = LOCAL.lease();
            Deflater deflater = lease.get();
            deflater.setInput(data);
            return deflater.getTotalIn();
          }
        """,
        """
          int rest(byte[] data) {
            data[0] = 1;
            try (Lease<Deflater> lease = LOCAL.lease()) {
              Deflater deflater = lease.get();
              deflater.setInput(data);
              return deflater.getTotalIn();
            }
          }
        """);
  }

  @Test
  void whatIsBeforeTheCloseIsPutIntoATry() {
    refactor(
        """
          int before(byte[] data) {
            var lease = LOCAL.lease();
            Deflater deflater = lease.get();
            deflater.setInput(data);
            lease.close();
            return data.length;
          }
        """,
        """
          int before(byte[] data) {
            try (var lease = LOCAL.lease()) {
              Deflater deflater = lease.get();
              deflater.setInput(data);
            }
            return data.length;
          }
        """);
  }

  @Test
  void nothingIsRewrittenThatWouldMeanSomethingElse() {
    String unchanged =
        """
          Deflater returned() {
            Lease<Deflater> lease = LOCAL.lease();
            return lease.get();
          }

          int usedAfterwards() {
            Lease<Deflater> lease = LOCAL.lease();
            int total = lease.get().getTotalIn();
            lease.close();
            return total;
          }

          int two() {
            Lease<Deflater> left = LOCAL.lease(), right = LOCAL.lease();
            return left.get().getTotalIn() + right.get().getTotalIn();
          }

          void dropped() {
            LOCAL.lease();
          }
        """;
    BugCheckerRefactoringTestHelper.newInstance(LeaseNotClosed.class, getClass())
        .addInputLines("Test.java", HEAD, unchanged, "}")
        .expectUnchanged()
        .doTest();
  }
}
