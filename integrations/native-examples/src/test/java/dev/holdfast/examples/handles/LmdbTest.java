// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.examples.handles.plain.PlainLmdb;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LMDB from many virtual threads: what goes wrong, and that it does not. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class LmdbTest {

  @Test
  void transactionsThatAreBoundToCarriersGetInEachOthersWay() throws Exception {
    ProgramJvm.Outcome plain = ProgramJvm.run(PlainLmdb.class, ProgramJvm.CARRIER, "threads");
    assertThat(plain.lines())
        .anyMatch(line -> line.matches("99[0-9]{2} x .*Txn.BadReaderLockException: .*"));
  }

  @Test
  void transactionsThatAreBoundToNoThreadRunOutOfSlots() throws Exception {
    ProgramJvm.Outcome plain = ProgramJvm.run(PlainLmdb.class, ProgramJvm.CARRIER, "slots");
    assertThat(plain.lines())
        .anyMatch(line -> line.matches("9874 x .*Env.ReadersFullException: .*"))
        .contains("126 x read");
  }

  @Test
  void aWriterThatIsEndedByAnotherThreadLocksAllOthersOut() throws Exception {
    ProgramJvm.Outcome plain = ProgramJvm.run(PlainLmdb.class, ProgramJvm.CARRIER, "writer");
    assertThat(plain.lines())
        .endsWith("committed by another thread", "the next one waits, and nobody can end that");
  }

  @Test
  void aValueAfterTheCloseCrashesTheJvm() throws Exception {
    ProgramJvm.Outcome plain = ProgramJvm.run(PlainLmdb.class, ProgramJvm.CARRIER, "view");
    assertThat(plain.crashed()).as(plain.lines().toString()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {ProgramJvm.CARRIER, ProgramJvm.OWNED})
  void aTransactionForEachWorkerIsEnough(String tier) throws Exception {
    ProgramJvm.Outcome outcome = ProgramJvm.run(LmdbTransactions.class, tier);
    assertThat(outcome.exit()).as(outcome.lines().toString()).isZero();
    assertThat(outcome.lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .matches(
                        "10000 tasks read 10000 names, which 100 tasks wrote,"
                            + " with [12] reader slots"),
            line -> assertThat(line).isEqualTo("closed, and still there"),
            line -> assertThat(line).isEqualTo("after the runtime: ended"));
  }
}
