// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That a pin is no more than a pin, however often it was called before. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
final class EarlyFormsTest {

  @Test
  @Tag("S63")
  @DisplayName("S63: to pin or to look at a thread makes no class, for which there may be no stack")
  void toPinMakesNoClass() throws Exception {
    // Interpreted: compiled code makes none in any case.
    List<String> flags = List.of(ForkedJvm.OPENS, "-Xint", "-Xlog:class+load:stdout:tid");
    ForkedJvm.Outcome outcome = ForkedJvm.run(flags, Pins.class);
    assertThat(outcome.exit()).as(outcome.toString()).isZero();
    // The JDK's own threads, which wait for I/O, load classes at the same time.
    String thread = threadThatLoaded(Before.class, outcome.lines());
    assertThat(thread).isEqualTo(threadThatLoaded(After.class, outcome.lines()));
    List<String> ofThatThread =
        outcome.lines().stream().filter(line -> line.startsWith(thread)).toList();
    assertThat(
            ofThatThread.subList(
                load(Before.class, ofThatThread) + 1, load(After.class, ofThatThread)))
        .isEmpty();
  }

  private static String threadThatLoaded(Class<?> loaded, List<String> lines) {
    String line = lines.get(load(loaded, lines));
    return line.substring(0, line.indexOf(']') + 1);
  }

  private static int load(Class<?> loaded, List<String> lines) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).contains("] " + loaded.getName() + " source:")) {
        return i;
      }
    }
    throw new AssertionError("the load of " + loaded.getName() + " is not in " + lines);
  }

  /** Pins and looks more often than the JDK counts, between the loads of two classes. */
  static final class Pins {
    public static void main(String[] arguments) {
      // All that takes part is loaded.
      VirtualThreads.pin();
      VirtualThreads.unpin();
      Thread virtual = Thread.ofVirtual().unstarted(() -> {});
      VirtualThreads.carrier(virtual);
      VirtualThreads.isNew(virtual);
      new Before();
      for (int i = 0; i < 1_000; i++) {
        VirtualThreads.pin();
        VirtualThreads.unpin();
        VirtualThreads.carrier(virtual);
        VirtualThreads.isNew(virtual);
      }
      new After();
    }
  }

  /** Its load begins what is looked at. */
  private static final class Before {}

  /** Its load ends what is looked at. */
  private static final class After {}
}
