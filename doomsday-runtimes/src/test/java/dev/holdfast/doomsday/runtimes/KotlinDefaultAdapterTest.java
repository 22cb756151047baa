// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is certain of the dispatchers of Kotlin's coroutines, which can be ended once in a JVM. */
final class KotlinDefaultAdapterTest {

  @Test
  @DisplayName("an idle one is over when its shutdown returns, and then refuses tasks")
  void idleOneIsSafe() throws Exception {
    KotlinDefaultAdapter adapter = new KotlinDefaultAdapter();
    assertThat(adapter.version()).matches("1\\.\\d+\\.\\d+");
    assertThat(adapter.oncePerJvm()).isTrue();

    Observed observed = Observed.in(adapter, adapter.ways().getFirst());
    observed.playIdle().assertSafe();
    assertThat(observed.submitAgain().told()).isTrue();
  }
}
