// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.examples.Examples;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

/** The command that lists the examples lists these too. */
final class HandleExamplesTest {

  @Test
  void theListHasThoseOfThisModuleAndOfTheOther() throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, UTF_8));
    try {
      Examples.main(new String[] {"--help"});
    } finally {
      System.setOut(before);
    }
    assertThat(out.toString(UTF_8))
        .contains("first-program")
        .contains(new HandleExamples().examples().stream().map(Examples.Example::name).toList());
  }
}
