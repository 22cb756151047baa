// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is kept of a failure whose class must not be kept. */
final class DescribedFailureTest {

  @Test
  @DisplayName("Text, stack and causes are those of the original, and no object of it is kept")
  void saysWhatTheOriginalSaid() {
    IOException cause = new IOException("disk full");
    IllegalStateException original = new IllegalStateException("cannot save", cause);
    Throwable described = DescribedFailure.of(original);
    assertThat(described)
        .isExactlyInstanceOf(DescribedFailure.class)
        .hasMessage("java.lang.IllegalStateException: cannot save");
    assertThat(described.getStackTrace()).isNotEmpty().isEqualTo(original.getStackTrace());
    assertThat(described.getCause())
        .isExactlyInstanceOf(DescribedFailure.class)
        .hasMessage("java.io.IOException: disk full")
        .hasNoCause();
    assertThat(described.getCause().getStackTrace()).isEqualTo(cause.getStackTrace());
    assertThat(described.getSuppressed()).isEmpty();
  }

  @Test
  @DisplayName("Eight causes are described, also of a circle; the rest is left out")
  void causesHaveAnEnd() {
    IllegalStateException first = new IllegalStateException("first");
    first.initCause(new IllegalStateException("second", first));
    int depth = 0;
    for (Throwable each = DescribedFailure.of(first); each != null; each = each.getCause()) {
      assertThat(each).hasMessageEndingWith(depth % 2 == 0 ? "first" : "second");
      depth++;
    }
    assertThat(depth).isEqualTo(1 + 8);
  }

  @Test
  @DisplayName("An exception that fails when it is asked is told by the name of its class")
  void anExceptionMayFailToo() {
    Throwable described = DescribedFailure.of(new Unruly());
    assertThat(described).hasMessage(Unruly.class.getName()).hasNoCause();
    assertThat(described.getStackTrace()).isEmpty();
  }

  /** As of a class loader that was closed: whatever it needs is not there. */
  private static final class Unruly extends RuntimeException {
    private static final long serialVersionUID = 1L;

    @Override
    public String toString() {
      throw new NoClassDefFoundError("gone");
    }

    @Override
    public synchronized Throwable getCause() {
      throw new NoClassDefFoundError("gone");
    }

    @Override
    public StackTraceElement[] getStackTrace() {
      throw new NoClassDefFoundError("gone");
    }
  }
}
