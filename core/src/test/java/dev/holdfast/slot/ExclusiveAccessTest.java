// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether a stack is that of a task which blocks its worker by an exclusive access. */
final class ExclusiveAccessTest {

  private static final StackTraceElement PARKED = frame("java.lang.VirtualThread", "park");
  private static final StackTraceElement USER = frame("app.Orders", "with");
  private static final StackTraceElement ACCESS = frame("dev.holdfast.local.WorkerLocal", "with");
  private static final StackTraceElement LOADING = frame("java.lang.ClassLoader", "loadClass");
  private static final StackTraceElement INITIALISER = frame("app.Orders", "<clinit>");

  private static StackTraceElement frame(String type, String method) {
    return new StackTraceElement(type, method, null, -1);
  }

  private static boolean isOn(StackTraceElement... stack) {
    return ExclusiveAccess.isOn(stack);
  }

  @ParameterizedTest
  @ValueSource(strings = {"with", "update", "elsewhere", "make"})
  @DisplayName("A stack is in an exclusive access if one of its calls is on it, however deep")
  void isFoundOnTheStack(String method) {
    StackTraceElement access = frame("dev.holdfast.local.WorkerLocal", method);
    assertThat(isOn(access)).isTrue();
    assertThat(isOn(PARKED, USER, access, USER)).isTrue();
  }

  @Test
  @DisplayName("Neither a user's method of that name nor another one of a local is such an access")
  void isNotMistaken() {
    assertThat(isOn()).isFalse();
    assertThat(isOn(PARKED, USER)).isFalse();
    assertThat(isOn(PARKED, frame("dev.holdfast.local.WorkerLocal", "lease"))).isFalse();
  }

  @Test
  @DisplayName("Who waits for a class to be loaded or initialised there is not to blame")
  void excusesTheFirstUseOfCode() {
    assertThat(isOn(PARKED, LOADING, USER, ACCESS)).isFalse();
    assertThat(isOn(PARKED, INITIALISER, ACCESS)).isFalse();
    // A class that is loaded around the access excuses nothing.
    assertThat(isOn(PARKED, ACCESS, LOADING)).isTrue();
    assertThat(isOn(PARKED, ACCESS, INITIALISER)).isTrue();
  }
}
