// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.examples.handles.plain.PlainRocks;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RocksDB under a close: what goes wrong, and that it does not. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RocksTest {

  @ParameterizedTest
  @ValueSource(strings = {"database", "options", "iterator"})
  void anIteratorAfterTheCloseOfWhatItRestsOnCrashesTheJvm(String closed) throws Exception {
    ProgramJvm.Outcome plain = ProgramJvm.run(PlainRocks.class, ProgramJvm.CARRIER, closed);
    assertThat(plain.crashed()).as(plain.lines().toString()).isTrue();
    assertThat(plain.frame()).startsWith("# C ");
  }

  @ParameterizedTest
  @ValueSource(strings = {ProgramJvm.CARRIER, ProgramJvm.OWNED})
  void theDatabaseEndsAfterItsIterators(String tier) throws Exception {
    ProgramJvm.Outcome outcome = ProgramJvm.run(RocksIterators.class, tier);
    assertThat(outcome.exit()).as(outcome.lines().toString()).isZero();
    assertThat(outcome.lines())
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("closed under 4 iterators, and still there"),
            line ->
                assertThat(line)
                    .matches(
                        "refused: handle of RocksDB opened by thread 'main' at .*"
                            + "RocksIterators.main\\(RocksIterators.java:[0-9]+\\) was opened from"
                            + " on thread 'main' after it was closed by thread 'main': .*"),
            line -> assertThat(line).isEqualTo("40000 rows read, and ended"));
  }
}
