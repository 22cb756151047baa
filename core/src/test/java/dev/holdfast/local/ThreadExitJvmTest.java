// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.ThreadExitChild.Ending;
import dev.holdfast.testing.ForkedJvm;
import dev.holdfast.testing.ForkedJvm.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What becomes of the values of threads as the JVM ends, and where they can be had: each case in a
 * JVM of its own. The rows of the table in docs/thread-exit.md.
 */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
final class ThreadExitJvmTest {

  /** How a JVM comes to see the end of its threads. */
  enum Access {
    /** It opens java.lang: on all threads. */
    FLAG,
    /** By the factory that makes them; the main thread is made by none. */
    FACTORY
  }

  private static Outcome run(Access access, Ending ending) throws Exception {
    return access == Access.FLAG
        ? ForkedJvm.run(ThreadExitChild.class, ending.name())
        : ForkedJvm.run(List.of(), ThreadExitChild.class, ending.name(), "factory");
  }

  private static String[] destroyed(String thread) {
    return new String[] {
      thread + ".second destroyed on " + thread, thread + ".first destroyed on " + thread
    };
  }

  private static List<String> of(String thread, Outcome outcome) {
    return outcome.lines().stream().filter(line -> line.startsWith(thread + ".")).toList();
  }

  /** Checks that both values of a thread were destroyed, once, in order. */
  private static void assertDestroyed(String thread, Outcome outcome) {
    assertThat(of(thread, outcome)).as(outcome.toString()).containsExactly(destroyed(thread));
  }

  private static void assertLeftAlone(String thread, Outcome outcome) {
    assertThat(of(thread, outcome)).as(outcome.toString()).isEmpty();
  }

  /** The main thread is made by no factory. */
  private static void assertMain(Access access, Outcome outcome) {
    if (access == Access.FLAG) {
      assertDestroyed("main", outcome);
    } else {
      assertThat(outcome.lines()).contains("main is refused");
      assertLeftAlone("main", outcome);
    }
  }

  @ParameterizedTest
  @EnumSource
  void mainReturnsAndIsAThreadThatEndsWhichOthersOutlive(Access access) throws Exception {
    Outcome outcome = run(access, Ending.MAIN_RETURNS);
    assertThat(outcome.exit()).isZero();
    assertMain(access, outcome);
    assertDestroyed("finished", outcome);
    assertDestroyed("outlives", outcome);
    assertThat(outcome.lines()).containsSubsequence("main returns", "main is alive: false");
    if (access == Access.FLAG) {
      assertThat(outcome.lines())
          .containsSubsequence("main.first destroyed on main", "main is alive: false", "hook runs");
    }
  }

  @ParameterizedTest
  @EnumSource
  void mainThrows(Access access) throws Exception {
    Outcome outcome = run(access, Ending.MAIN_THROWS);
    assertThat(outcome.exit()).isOne();
    assertThat(outcome.lines()).anyMatch(line -> line.contains("main fails"));
    assertMain(access, outcome);
    if (access == Access.FLAG) {
      assertThat(outcome.lines()).last().isEqualTo("main.first destroyed on main");
    }
  }

  @ParameterizedTest
  @EnumSource
  void mainExits(Access access) throws Exception {
    Outcome outcome = run(access, Ending.EXIT_FROM_MAIN);
    assertThat(outcome.exit()).isEqualTo(7);
    assertMain(access, outcome);
    assertDestroyed("finished", outcome);
    assertLeftAlone("running", outcome);
  }

  @ParameterizedTest
  @EnumSource
  void anotherThreadExits(Access access) throws Exception {
    Outcome outcome = run(access, Ending.EXIT_FROM_THREAD);
    assertThat(outcome.exit()).isEqualTo(8);
    assertDestroyed("exiting", outcome);
    assertDestroyed("finished", outcome);
    assertLeftAlone("running", outcome);
  }

  @ParameterizedTest
  @EnumSource
  void anUncaughtExceptionHandlerExits(Access access) throws Exception {
    Outcome outcome = run(access, Ending.EXIT_FROM_HANDLER);
    assertThat(outcome.exit()).isEqualTo(9);
    assertDestroyed("exiting", outcome);
  }

  @ParameterizedTest
  @EnumSource
  void aDestructorExitsAndTheRestIsDestroyedOnce(Access access) throws Exception {
    Outcome outcome = run(access, Ending.EXIT_FROM_DESTRUCTOR);
    assertThat(outcome.exit()).isEqualTo(10);
    assertDestroyed("exiting", outcome);
    assertThat(outcome.lines()).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource
  void anInitialiserExitsAndItsValueIsNone(Access access) throws Exception {
    Outcome outcome = run(access, Ending.EXIT_FROM_INITIALISER);
    assertThat(outcome.exit()).isEqualTo(11);
    assertDestroyed("exiting", outcome);
    assertThat(outcome.lines()).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource
  void aVirtualThreadOfAFactoryOfOursExits(Access access) throws Exception {
    Outcome outcome = run(access, Ending.EXIT_FROM_VIRTUAL);
    assertThat(outcome.exit()).isEqualTo(12);
    assertDestroyed("exiting", outcome);
  }

  @ParameterizedTest
  @EnumSource
  void aBlockingJobExits(Access access) throws Exception {
    Outcome outcome = run(access, Ending.EXIT_FROM_JOB);
    assertThat(outcome.exit()).isEqualTo(13);
    assertDestroyed("exiting", outcome);
  }

  @ParameterizedTest
  @EnumSource
  void aTaskExitsAndIsAlive(Access access) throws Exception {
    Outcome outcome = run(access, Ending.EXIT_FROM_TASK);
    assertThat(outcome.exit()).isEqualTo(16);
    assertLeftAlone("exiting", outcome);
    assertLeftAlone("running", outcome);
  }

  @Test
  void theHooksOfOthersRunAsWell() throws Exception {
    Outcome outcome = run(Access.FLAG, Ending.EXIT_WITH_HOOKS);
    assertThat(outcome.exit()).isEqualTo(14);
    assertThat(outcome.lines()).containsExactlyInAnyOrder("destroyed", "hooks have run");
  }

  @Test
  void theShutdownHookIsThereExactlyWhileAThreadHasValues() throws Exception {
    Outcome outcome = run(Access.FLAG, Ending.HOOK_COMES_AND_GOES);
    assertThat(outcome.lines().stream().filter(line -> line.startsWith("hooks")))
        .containsExactly("hooks: []", "hooks: [holdfast-exiting-thread]", "hooks: []", "hooks: []");
  }

  @ParameterizedTest
  @EnumSource
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void aSignalEndsNoThreadThatRuns(Access access) throws Exception {
    Outcome outcome = run(access, Ending.TERMINATED);
    assertThat(outcome.exit()).isEqualTo(128 + 15);
    assertDestroyed("finished", outcome);
    assertLeftAlone("main", outcome);
    assertLeftAlone("running", outcome);
  }

  @ParameterizedTest
  @EnumSource
  void haltLeavesEveryThreadThatRunsAlone(Access access) throws Exception {
    Outcome outcome = run(access, Ending.HALT);
    assertThat(outcome.exit()).isEqualTo(15);
    assertDestroyed("finished", outcome);
    assertLeftAlone("main", outcome);
  }

  @ParameterizedTest
  @EnumSource
  void aDaemonThatRunsIsLeftAlone(Access access) throws Exception {
    Outcome outcome = run(access, Ending.DAEMON);
    assertThat(outcome.exit()).isZero();
    assertDestroyed("ended", outcome);
    assertLeftAlone("daemon", outcome);
    assertThat(outcome.lines()).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource
  void theThreadsOfARuntimeNeedNoFlag(Access access) throws Exception {
    Outcome outcome = run(access, Ending.RUNTIME);
    assertThat(outcome.exit()).as(outcome.toString()).isZero();
    assertThat(outcome.lines())
        .contains("tier " + (access == Access.FLAG ? "CARRIER" : "OWNED"))
        .endsWith("closed");
    assertDestroyed("worker", outcome);
    assertDestroyed("job", outcome);
  }

  @Test
  void withoutTheFlagAForeignThreadIsRefusedAndTheFlagNamed() throws Exception {
    Outcome outcome = run(Access.FACTORY, Ending.FOREIGN);
    assertThat(outcome.exit()).isZero();
    assertThat(outcome.lines()).hasSize(3);
    assertThat(outcome.lines().get(0))
        .contains(
            "unavailable: java.base does not open",
            "'--add-opens java.base/java.lang=ALL-UNNAMED'");
    assertThat(outcome.lines().get(1))
        .contains(
            "thread 'platform'", "'--add-opens java.base/java.lang=ALL-UNNAMED'", "threadFactory");
    assertThat(outcome.lines().get(2))
        .contains("virtual thread 'virtual'", "threadFactory")
        .doesNotContain("--add-opens");
  }

  @Test
  void withTheFlagAForeignPlatformThreadCanBeUsedAndAVirtualOneIsRefused() throws Exception {
    Outcome outcome = run(Access.FLAG, Ending.FOREIGN);
    assertThat(outcome.lines()).hasSize(4);
    assertThat(outcome.lines().subList(0, 3))
        .containsExactly("unavailable: no", "made on platform", "local destroyed on platform");
    assertThat(outcome.lines().get(3)).contains("virtual thread 'virtual'", "threadFactory");
  }

  @ParameterizedTest
  @EnumSource
  void poolsWithAFactoryOfOursNeedNoFlag(Access access) throws Exception {
    Outcome outcome = run(access, Ending.POOL);
    assertThat(outcome.exit()).as(outcome.toString()).isZero();
    List<String> values =
        outcome.lines().stream()
            .filter(line -> line.contains("destroyed on") || line.startsWith("last on"))
            .toList();
    assertThat(values)
        .containsExactly(
            "pooled.second destroyed on pooled",
            "pooled.first destroyed on pooled",
            "last on virtual: false",
            "pooled.second destroyed on pooled",
            "pooled.first destroyed on pooled",
            "last on virtual: true");
    assertThat(outcome.lines()).anyMatch(line -> line.contains("destructor fails"));
  }
}
