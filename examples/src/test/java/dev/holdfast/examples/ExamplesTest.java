// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs each example and looks at what it prints. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExamplesTest {

  private interface Main {
    void run(String[] args) throws Exception;
  }

  @Test
  void firstProgram() throws Exception {
    assertThat(printed(FirstProgram::main))
        .containsExactly(
            "CARRIER: 1000 digests, the last one "
                + "26d69824f38f2420340c1b43b2e17ee747b14261d44fbaac31780ea49dad2cc1");
  }

  @Test
  void counterPerWorker() throws Exception {
    assertThat(printed(CounterPerWorker::main)).containsExactly("10000 tasks counted 10000");
  }

  @Test
  void callbackWithGuard() throws Exception {
    assertThat(printed(CallbackWithGuard::main))
        .containsExactly("closing, and the journal is still open", "closed after [asked, answer]");
  }

  @Test
  void webServer() throws Exception {
    assertThat(printed(WebServer::main))
        .singleElement()
        .asString()
        .matches("100 answers, [1-9][0-9]{1,2} bytes each");
  }

  @Test
  void eachIsListedOnceAndRunsByItsName() throws Exception {
    String[] list = printed(Examples::main);
    assertThat(list[0]).isEqualTo("Usage: holdfast example NAME [ARGUMENTS]");
    assertThat(list).hasSize(2 + Examples.all().size());
    assertThat(Examples.all().stream().map(Examples.Example::name)).doesNotHaveDuplicates();
    assertThat(printed(_ -> Examples.main(new String[] {"counter-per-worker"})))
        .containsExactly("10000 tasks counted 10000");
    // The argument is its own: an unknown number of reloads is refused by the example.
    String[] reloads = printed(_ -> Examples.main(new String[] {"plugin-host", "1"}));
    assertThat(reloads[reloads.length - 1]).contains("2 class loaders, 2 unloaded");
  }

  @Test
  void anUnknownNameIsRefusedWithThoseThatThereAre() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Examples.run(
            new String[] {"web"},
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8));
    assertThat(code).isEqualTo(Examples.MISUSE);
    assertThat(out.size()).isZero();
    assertThat(err.toString(UTF_8))
        .startsWith("holdfast example: there is no example \"web\"; there are first-program, ")
        .contains(", plugin-host");
  }

  @Test
  void jsonService() throws Exception {
    assertThat(printed(JsonService::main))
        .satisfiesExactly(
            receipt -> assertThat(receipt).isEqualTo("{\"order\":9999,\"total\":1391}"),
            used ->
                assertThat(used)
                    .matches("10000 receipts, 262890 characters, by [1-9][0-9]* sets of buffers"),
            left -> assertThat(left).isEqualTo("0 sets of buffers after the close"));
  }

  /** The lines that a program prints; no other test of this module may run meanwhile. */
  private static String[] printed(Main program) throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, UTF_8));
    try {
      program.run(new String[0]);
    } finally {
      System.setOut(before);
    }
    return out.toString(UTF_8).lines().toArray(String[]::new);
  }
}
