// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.examples.handles.plain.PlainZstd;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Contexts of zstd in many virtual threads: what goes wrong, and that it does not. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ZstdTest {

  private static final Pattern MEGABYTES = Pattern.compile("(-?[0-9]+) MB more");

  @Test
  void aContextForEachVirtualThreadIsMemoryThatNobodyGivesBack() throws Exception {
    ProgramJvm.Outcome plain = ProgramJvm.run(PlainZstd.class, ProgramJvm.CARRIER, "per-thread");
    assertThat(plain.lines())
        .singleElement()
        .asString()
        .startsWith("2000 contexts, none closed, ")
        .satisfies(line -> assertThat(megabytes(line)).isGreaterThan(500));
  }

  @Test
  void aContextForAllCrashesTheJvmOrGivesWrongResults() throws Exception {
    ProgramJvm.Outcome plain = ProgramJvm.run(PlainZstd.class, ProgramJvm.CARRIER, "shared");
    if (plain.crashed()) {
      assertThat(plain.frame()).startsWith("# C ");
    } else {
      assertThat(plain.lines()).anyMatch(line -> line.matches("[1-9][0-9]* of 2000 .*wrong"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {ProgramJvm.CARRIER, ProgramJvm.OWNED})
  void leasedContextsAreFewAndClosed(String tier) throws Exception {
    ProgramJvm.Outcome outcome = ProgramJvm.run(ZstdContexts.class, tier);
    assertThat(outcome.exit()).as(outcome.lines().toString()).isZero();
    assertThat(outcome.lines())
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .matches("2000 tasks, 2000 good results, [1-8] contexts, .*")
                    .satisfies(each -> assertThat(megabytes(each)).isLessThan(150)),
            line -> assertThat(line).matches("[1-8] contexts closed"));
  }

  private static int megabytes(String line) {
    Matcher matcher = MEGABYTES.matcher(line);
    assertThat(matcher.find()).as(line).isTrue();
    return Integer.parseInt(matcher.group(1));
  }
}
