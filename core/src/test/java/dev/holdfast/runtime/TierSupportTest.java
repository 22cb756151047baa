// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told of a JVM is what its runtimes do. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TierSupportTest {

  /** Prints what is told before the first runtime, then the tier of that. */
  static final class Teller {
    public static void main(String[] arguments) {
      TierSupport support = TierSupport.ofThisJvm();
      System.out.println("told " + support.tier());
      System.out.println("missing " + support.missing().orElse("nothing"));
      System.out.println("hook " + support.threadExitHookMissing().orElse("there"));
      System.out.println("absent " + support.internalsAbsent());
      try (WorkerRuntime runtime = WorkerRuntime.start()) {
        System.out.println("got " + runtime.tier());
      }
    }
  }

  @Test
  void withTheFlagNothingIsMissing() throws Exception {
    assertThat(ForkedJvm.run(Teller.class).lines())
        .containsExactly(
            "told CARRIER", "missing nothing", "hook there", "absent []", "got CARRIER");
  }

  @Test
  void withoutTheFlagItIsNamedAndTheInternalsAreStillFound() throws Exception {
    List<String> lines = ForkedJvm.run(List.of(), Teller.class).lines();
    assertThat(lines).contains("told OWNED", "absent []", "got OWNED");
    assertThat(lines)
        .filteredOn(line -> line.startsWith("missing ") || line.startsWith("hook "))
        .hasSize(2)
        .allMatch(line -> line.contains("'--add-opens java.base/java.lang=ALL-UNNAMED'"));
  }

  @Test
  void thePropertyDoesNotChangeWhatIsOffered() throws Exception {
    assertThat(
            ForkedJvm.run(List.of(ForkedJvm.OPENS, "-Dholdfast.tier=owned"), Teller.class).lines())
        .contains("told CARRIER", "missing nothing", "got OWNED");
  }
}
