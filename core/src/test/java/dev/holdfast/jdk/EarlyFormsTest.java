// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.ForkedJvm;
import java.lang.management.ClassLoadingMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That a pin is no more than a pin, however often it was called before. */
@Timeout(value = 30, threadMode = ThreadMode.SEPARATE_THREAD)
final class EarlyFormsTest {

  @Test
  @Tag("S63")
  @DisplayName("S63: to pin or to look at a thread makes no class, for which there may be no stack")
  void toPinMakesNoClass() throws Exception {
    // Interpreted: compiled code makes none in any case.
    ForkedJvm.Outcome outcome = ForkedJvm.run(List.of(ForkedJvm.OPENS, "-Xint"), Pins.class);
    assertThat(outcome.exit()).as(outcome.toString()).isZero();
    assertThat(outcome.lines()).containsExactly("classes 0");
  }

  /** Pins and looks more often than the JDK counts, and prints how many classes that has loaded. */
  static final class Pins {
    public static void main(String[] arguments) {
      ClassLoadingMXBean classes = ManagementFactory.getClassLoadingMXBean();
      // All that takes part is loaded.
      VirtualThreads.pin();
      VirtualThreads.unpin();
      Thread virtual = Thread.ofVirtual().unstarted(() -> {});
      VirtualThreads.carrier(virtual);
      VirtualThreads.isNew(virtual);
      classes.getTotalLoadedClassCount();
      long before = classes.getTotalLoadedClassCount();
      for (int i = 0; i < 1_000; i++) {
        VirtualThreads.pin();
        VirtualThreads.unpin();
        VirtualThreads.carrier(virtual);
        VirtualThreads.isNew(virtual);
      }
      System.out.println("classes " + (classes.getTotalLoadedClassCount() - before));
    }
  }
}
