// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The short form of each checker that no other module runs in its own build. */
@Timeout(value = 15, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ShortFormsTest {

  static List<String> names() {
    return Checkers.all().stream()
        .filter(each -> !each.isRunByItsModule())
        .map(Checker::name)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("names")
  @DisplayName("Nothing is found, every canary is caught, and something was checked")
  void isClean(String name) throws Exception {
    Checker checker =
        Checkers.all().stream().filter(each -> each.name().equals(name)).findAny().orElseThrow();
    assertThat(checker.check(Length.SHORT, System.out::println))
        .isNotEmpty()
        .allSatisfy(row -> {
          assertThat(row.findings()).isEmpty();
          assertThat(row.isGood()).as("%s", row).isTrue();
        });
  }
}
