// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is read from a dump of all threads. */
final class OwnersTest {

  @Test
  @DisplayName("who waits for a monitor is told from who has it, and from who has left it to wait")
  void readsADump() {
    List<String> dump =
        List.of(
            "#23 \"one\" virtual WAITING 2026-01-01T00:00:00Z",
            "    at java.base/java.util.concurrent.CountDownLatch.await(CountDownLatch.java:230)",
            "    - locked <java.lang.Object@15c43bd9>",
            "    at Some.lambda(Some.java:5)",
            "",
            "#24 \"waits to be notified\" virtual WAITING 2026-01-01T00:00:00Z",
            "    - waiting on <java.lang.Object@15c43bd9>",
            "    - locked <java.lang.Object@15c43bd9>",
            "    - locked <java.lang.Object@2>",
            "",
            "#25 \"two\" virtual BLOCKED 2026-01-01T00:00:00Z",
            "    at Some.lambda(Some.java:7)",
            "    - waiting to lock <java.lang.Object@15c43bd9>",
            "#26 \"three\" virtual BLOCKED 2026-01-01T00:00:00Z",
            "    - waiting to lock <java.lang.Object@2>",
            "#27 \"four\" virtual BLOCKED 2026-01-01T00:00:00Z",
            "    - waiting to lock <java.lang.Object@3>");
    assertThat(Owners.read(dump))
        .containsAllEntriesOf(Map.of(25L, 23L, 26L, 24L))
        .doesNotContainKeys(23L, 27L);
  }
}
