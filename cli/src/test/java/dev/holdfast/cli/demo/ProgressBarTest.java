// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProgressBarTest {

  @Test
  void theBarFillsAndKeepsItsWidth() {
    String empty = ProgressBar.line("holdfast", 0, 200);
    String half = ProgressBar.line("holdfast", 100, 200);
    String over = ProgressBar.line("holdfast", 300, 200);

    assertThat(empty).doesNotContain("#").endsWith("  0 %");
    assertThat(half).contains("[###############               ]").endsWith(" 50 %");
    assertThat(over).contains("[" + "#".repeat(30) + "]").endsWith("100 %");
    assertThat(empty).hasSameSizeAs(half).hasSameSizeAs(over);
    assertThat(ProgressBar.line("nothing to read", 0, 0)).endsWith("100 %");
  }

  @Test
  void eachPassWipesItsBar() {
    StringWriter terminal = new StringWriter();
    ProgressBar bar = new ProgressBar(new PrintWriter(terminal));
    for (int pass = 0; pass < 2; pass++) {
      bar.begin("pass", 10);
      bar.advance(10);
      bar.end();
      assertThat(terminal.toString()).endsWith(" \r");
    }
    bar.end();
  }
}
