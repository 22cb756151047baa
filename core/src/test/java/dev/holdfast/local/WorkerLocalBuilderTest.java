// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.testing.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the builder of a local accepts, and what it says to the rest. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class WorkerLocalBuilderTest {

  private static WorkerLocal.Builder<Object> builder() {
    return WorkerLocal.builder(Object::new);
  }

  @Test
  void refusesToSetAPropertyTwiceAndNamesBothValues() {
    assertThatThrownBy(() -> builder().name("first").name("second"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("name")
        .hasMessageContaining("first")
        .hasMessageContaining("second");
    assertThatThrownBy(() -> builder().leases(3).leases(3))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("leases was already set to 3 and cannot be set to 3");
    assertThatThrownBy(
            () -> builder().overflow(LeaseOverflow.FAIL).overflow(LeaseOverflow.TEMPORARY))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("overflow")
        .hasMessageContaining("FAIL")
        .hasMessageContaining("TEMPORARY");
    assertThatThrownBy(
            () -> builder().leaseTimeout(Duration.ofMillis(1)).leaseTimeout(Duration.ofMillis(2)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("PT0.001S")
        .hasMessageContaining("PT0.002S");
    Consumer<Object> one = value -> {};
    Consumer<Object> two = value -> {};
    assertThatThrownBy(() -> builder().destructor(one).destructor(two))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(one.toString())
        .hasMessageContaining(two.toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 65_537, Integer.MAX_VALUE})
  void refusesBoundsOutOfRange(int leases) {
    assertThatThrownBy(() -> builder().leases(leases))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("leases must be from 1 to 65536, not " + leases);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 65_536})
  void acceptsTheOutermostBounds(int leases) {
    assertThat(builder().leases(leases).build()).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 0})
  void refusesTimeoutsThatAreNotPositive(long millis) {
    assertThatThrownBy(() -> builder().leaseTimeout(Duration.ofMillis(millis)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("leaseTimeout must be positive")
        .hasMessageContaining(Duration.ofMillis(millis).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t"})
  void refusesBlankNames(String name) {
    assertThatThrownBy(() -> builder().name(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("name must not be blank, was '" + name + "'");
  }

  @Test
  void refusesNulls() {
    assertThatThrownBy(() -> WorkerLocal.builder(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("initial");
    assertThatThrownBy(() -> WorkerLocal.of(null)).isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> WorkerLocal.of(Object::new, null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("destructor");
    assertThatThrownBy(() -> builder().name(null)).hasMessageContaining("name");
    assertThatThrownBy(() -> builder().overflow(null)).hasMessageContaining("overflow");
    assertThatThrownBy(() -> builder().leaseTimeout(null)).hasMessageContaining("leaseTimeout");
  }

  @ParameterizedTest
  @ValueSource(strings = {"FAIL", "TEMPORARY"})
  void refusesATimeoutForLeasesThatDoNotWait(String overflow) {
    assertThatThrownBy(() ->
            builder()
                .leaseTimeout(Duration.ofSeconds(3))
                .overflow(LeaseOverflow.valueOf(overflow))
                .build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("PT3S")
        .hasMessageContaining("WAIT")
        .hasMessageContaining(overflow);
    assertThat(builder().leaseTimeout(Duration.ofSeconds(3)).overflow(LeaseOverflow.WAIT).build())
        .isNotNull();
  }

  @Test
  void namesLocals() {
    assertThat(builder().name("codec").build().name()).isEqualTo("codec");
    assertThat(builder().name("codec").build()).hasToString("WorkerLocal[codec]");
    assertThat(WorkerLocal.of(Object::new).name()).matches("local-\\d+");
    assertThat(WorkerLocal.of(Object::new).name()).isNotEqualTo(WorkerLocal.of(Object::new).name());
  }

  @Test
  void makesLocalsThatAreIndependent() throws Exception {
    WorkerLocal.Builder<Object> builder = builder().name("twice");
    WorkerLocal<Object> one = builder.build();
    WorkerLocal<Object> two = builder.build();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).start()) {
      assertThat(runtime.<Object>run(() -> one.ref().get()))
          .isNotSameAs(runtime.<Object>run(() -> two.ref().get()));
    }
  }

  @Test
  void leasesSixteenByDefaultAndWaitsAsLongAsThereIs() throws Exception {
    WorkerLocal<Object> byDefault = WorkerLocal.of(Object::new);
    WorkerLocal<Object> forever =
        builder().leases(1).leaseTimeout(Duration.ofSeconds(Long.MAX_VALUE)).build();
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(1).spareWorkers(0).start()) {
      runtime.run(() -> {
        List<Lease<Object>> leases = new ArrayList<>();
        forever.update(pinned -> {
          for (int i = 0; i < 16; i++) {
            leases.add(byDefault.lease());
          }
          assertThatThrownBy(byDefault::lease)
              .isInstanceOf(LeaseUnavailableException.class)
              .hasMessageContaining("all 16 values");
        });
        leases.forEach(Lease::close);
        // A timeout beyond what a long can hold is no timeout: it must not come at once.
        Lease<Object> only = forever.lease();
        Thread waiting =
            runtime
                .spawn(() -> {
                  forever.lease().close();
                  return null;
                })
                .thread();
        Await.untilWaiting(waiting, LeasePool.class);
        only.close();
        waiting.join();
        return null;
      });
      assertThat(runtime.shutdown(Duration.ofSeconds(20), Duration.ZERO).failures()).isEmpty();
    }
  }
}
