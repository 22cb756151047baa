// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.examples.handles.plain.PlainSqlite;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SQLite from many virtual threads: what goes wrong, and that it does not. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class SqliteTest {

  @Test
  void aConnectionForEachVirtualThreadRunsOutOfFiles() throws Exception {
    ProgramJvm.Outcome plain = ProgramJvm.run(PlainSqlite.class, ProgramJvm.CARRIER, "per-thread");
    // One file for each thread, of which 512 are allowed.
    assertThat(plain.lines()).anyMatch(line -> line.contains("SQLITE_CANTOPEN"));
    assertThat(count(plain.lines(), "read")).isLessThan(512);
  }

  @Test
  void aConnectionThatIsClosedUnderItsStatementsFailsThem() throws Exception {
    ProgramJvm.Outcome plain = ProgramJvm.run(PlainSqlite.class, ProgramJvm.CARRIER, "close");
    assertThat(plain.lines()).noneMatch(line -> line.endsWith(" x read"));
    assertThat(plain.lines()).anyMatch(line -> line.contains("java.sql.SQLException"));
  }

  @ParameterizedTest
  @ValueSource(strings = {ProgramJvm.CARRIER, ProgramJvm.OWNED})
  void connectionsOfWorkersAreFewAndCloseAfterTheirStatements(String tier) throws Exception {
    ProgramJvm.Outcome outcome = ProgramJvm.run(SqliteConnections.class, tier);
    assertThat(outcome.exit()).as(outcome.lines().toString()).isZero();
    assertThat(outcome.lines())
        .satisfiesExactly(
            line -> assertThat(line).matches("10000 tasks read 10000 users over [1-8] connections"),
            line ->
                assertThat(line).isEqualTo("closing with 4 statements open, 0 connections closed"),
            line ->
                assertThat(line)
                    .matches(
                        "closed after 40000 rows; ([2-9]|1[0-6]) connections were opened and \\1 closed"));
  }

  @ParameterizedTest
  @ValueSource(strings = {ProgramJvm.CARRIER, ProgramJvm.OWNED})
  void aBatchTakesFewQueries(String tier) throws Exception {
    ProgramJvm.Outcome outcome = ProgramJvm.run(SqliteBatch.class, tier);
    assertThat(outcome.exit()).as(outcome.lines().toString()).isZero();
    assertThat(outcome.lines())
        .singleElement()
        .asString()
        .matches("10000 users by id: 10000 queries alone, [1-9][0-9]{2,3} queries in batches");
  }

  private static int count(List<String> lines, String outcome) {
    return lines.stream()
        .filter(line -> line.endsWith(" x " + outcome))
        .mapToInt(line -> Integer.parseInt(line.substring(0, line.indexOf(' '))))
        .sum();
  }
}
