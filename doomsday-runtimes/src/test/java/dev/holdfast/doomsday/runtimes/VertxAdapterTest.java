// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.Verdict;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the sources of Vert.x make certain of its audit. */
final class VertxAdapterTest {

  @Test
  @DisplayName("the version is read from the library")
  void versionIsThatOfTheLibrary() {
    assertThat(new VertxAdapter().version()).matches("5\\.\\d+\\.\\d+");
  }

  @ParameterizedTest
  @ValueSource(strings = {VertxAdapter.CLOSE, VertxAdapter.UNDEPLOY})
  @DisplayName("idle verticles are stopped before the end is said, and tasks are refused then")
  void lateTasksAreRefused(String way) throws Exception {
    Observed observed = Observed.in(new VertxAdapter(), way);
    Doomsday.of(observed).rounds(3).run(Scenario.IDLE).assertSafe();
    assertThatThrownBy(observed::submitAgain).isInstanceOf(RejectedExecutionException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {VertxAdapter.CLOSE, VertxAdapter.UNDEPLOY})
  @DisplayName("a verticle is stopped while tasks of its context are suspended")
  void suspendedTasksOutliveTheirVerticle(String way) throws Exception {
    // Woken later still, they are refused.
    assertThat(
            Doomsday.of(Observed.in(new VertxAdapter(), way))
                .rounds(10)
                .limits(Duration.ofSeconds(5), Duration.ofMillis(200))
                .run(Scenario.PARKED)
                .verdict())
        .isIn(Verdict.USE_AFTER_DESTROY, Verdict.WAKER_HURT);
  }

  @Test
  @DisplayName("a second close says that all is over while the first goes on")
  void secondCloseReturnsEarly() throws Exception {
    Promise<Void> stopped = Promise.promise();
    Vertx vertx = Vertx.vertx();
    vertx
        .deployVerticle(
            new VerticleBase() {
              @Override
              public Future<?> stop() {
                return stopped.future();
              }
            })
        .await();
    Future<Void> first = vertx.close();
    assertThat(vertx.close()).returns(true, Future::succeeded);
    assertThat(first).returns(false, Future::isComplete);
    stopped.complete();
    first.await();
  }
}
