// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.testing.ForkedJvm;
import dev.holdfast.testing.VmState;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** A program that knows nothing of runtimes and calls a library: nothing is asked for, or left. */
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

  @Test
  @DisplayName("S31: a static local costs nothing, and asks for nothing, until it is used")
  void aStaticLocalStartsNothing() throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(List.of(), StaticChild.class);
    assertThat(outcome.lines())
        .containsExactly(
            "EscapedReferenceException", "started in OWNED", "threads: [main]", "ours: []");
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
      System.setProperty("holdfast.tier", "owned"); // asked for, so that nothing is logged
      try (WorkerRuntime runtime = WorkerRuntime.start()) {
        System.out.println("started in " + runtime.tier());
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
