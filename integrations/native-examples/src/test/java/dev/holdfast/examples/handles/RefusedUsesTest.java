// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What would crash the JVM with the objects of real libraries is refused by their handles. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class RefusedUsesTest {

  @Test
  void areRefusedWithThePlaceOfOpening() throws Exception {
    ProgramJvm.Outcome outcome = ProgramJvm.run(RefusedUses.class, ProgramJvm.CARRIER);
    assertThat(outcome.exit()).as(outcome.lines().toString()).isZero();
    assertThat(outcome.lines())
        .allMatch(line -> line.contains(" at dev.holdfast.examples.handles.RefusedUses.main("))
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith("handle of RocksIterator")
                    .contains(" was used on thread 'main' after it was closed by thread 'main'"),
            line ->
                assertThat(line)
                    .startsWith("handle of RocksIterator")
                    .contains(" was closed again on thread 'main' after it was closed"),
            line -> assertThat(line).startsWith("handle of RocksDB").contains("the object itself"),
            line -> assertThat(line).startsWith("handle of Txn").contains("a direct buffer"));
  }
}
