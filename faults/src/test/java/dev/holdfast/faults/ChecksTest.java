// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Check.Extent;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * That each check finds nothing but what was put in on purpose; in short, in a JVM of its own. The
 * callbacks and the soak have tests of their own.
 */
@Timeout(value = 320, threadMode = ThreadMode.SEPARATE_THREAD)
final class ChecksTest {

  static Stream<Named<Check>> checks() {
    return Main.checks().stream()
        .filter(each -> !each.name().equals("callbacks") && !each.name().equals("soak"))
        .map(each -> Named.of(each.name(), each));
  }

  @ParameterizedTest
  @MethodSource("checks")
  @Tag("S22")
  @Tag("S34")
  void findsOnlyWhatIsWrongOnPurpose(Check check) throws Exception {
    assertThat(Main.inChild(check, new Extent(false, null))).endsWith("\"good\":true}");
  }
}
