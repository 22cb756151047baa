// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a value notices of its uses and destructions. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ArmedValueTest {

  private final Witness witness = new Witness("stop", 7, Witness.Log.NONE);
  private final Armory armory = new Armory(witness);

  @Test
  @DisplayName("nothing is found where each value is used, and then destroyed last made first")
  void nothingIsFoundWhereAllIsRight() {
    ArmedValue first = armory.make("first");
    ArmedValue second = armory.make("second");
    first.use(10);
    second.use(10);
    assertThat(witness.alive()).containsExactly(first, second);
    second.destroy();
    first.close();
    assertThat(witness.alive()).isEmpty();
    assertThat(witness.findings()).isEmpty();
  }

  @Test
  @DisplayName("a use after the destruction is found, with both stacks")
  void aLateUseIsFound() {
    ArmedValue value = armory.make("first");
    value.destroy();
    value.use(10);
    Finding finding = only(Verdict.USE_AFTER_DESTROY);
    assertThat(finding.what()).contains("'first'").contains("was used").contains("after");
    assertThat(finding.stacks().keySet()).containsExactly("use", "destruction");
    assertThat(finding.stacks().get("use")).anyMatch(frame -> frame.getMethodName().equals("use"));
    assertThat(finding.stacks().get("destruction"))
        .anyMatch(frame -> frame.getMethodName().equals("destroy"));
    assertThat(finding.seed()).isEqualTo(7);
    assertThat(finding.way()).isEqualTo("stop");
  }

  @Test
  @DisplayName("a use that goes on while the value is destroyed is found")
  void aUseThatIsOvertakenIsFound() throws Exception {
    ArmedValue value = armory.make("first");
    // About a second; the destruction comes as soon as it has begun.
    Thread user = Thread.ofPlatform().start(() -> value.use(10_000_000));
    while (!value.inUse()) {
      Thread.onSpinWait();
    }
    value.destroy();
    user.join();
    Finding finding = only(Verdict.USE_AFTER_DESTROY);
    assertThat(finding.what()).contains("was in use by").contains("when it was destroyed by");
    assertThat(finding.stacks().keySet()).containsExactly("use", "destruction");
  }

  @Test
  @DisplayName("a second destruction is found, and does nothing")
  void aSecondDestructionIsFound() {
    ArmedValue value = armory.make("first");
    int[] destructors = {0};
    witness.destructor(destroyed -> destructors[0]++);
    value.destroy();
    value.destroy();
    assertThat(only(Verdict.DOUBLE_DESTROY).stacks().keySet())
        .containsExactly("first destruction", "second destruction");
    assertThat(destructors[0]).isEqualTo(1);
  }

  @Test
  @DisplayName("a destruction by another thread is found")
  void aForeignDestructionIsFound() throws Exception {
    ArmedValue value = armory.make("first");
    Thread.ofPlatform().name("stranger").start(value::destroy).join();
    assertThat(only(Verdict.WRONG_THREAD).what()).contains("stranger");
  }

  @Test
  @DisplayName("a destruction before that of a value which was made later is found")
  void aWrongOrderIsFound() {
    ArmedValue first = armory.make("first");
    ArmedValue second = armory.make("second");
    first.destroy();
    second.destroy();
    assertThat(only(Verdict.WRONG_ORDER).what()).contains("'first'").contains("'second'");
  }

  @Test
  @DisplayName("values of a pool have no order, and no effect on that of others")
  void pooledValuesHaveNoOrder() {
    Owner owner = Owner.of(Thread.currentThread());
    ArmedValue first = armory.make("first", owner);
    ArmedValue pooled = armory.makePooled("pooled", owner);
    ArmedValue last = armory.makePooled("last", owner);
    pooled.destroy();
    first.destroy();
    last.destroy();
    assertThat(witness.findings()).isEmpty();
  }

  @Test
  @DisplayName("a value is alive until its destructor has returned, also if that throws")
  void aliveUntilTheDestructorHasReturned() {
    ArmedValue value = armory.make("first");
    List<?>[] alive = {null};
    witness.destructor(destroyed -> {
      alive[0] = witness.alive();
      throw new IllegalStateException("fails");
    });
    assertThat(catchMessage(value)).isEqualTo("fails");
    assertThat(alive[0]).hasSize(1);
    assertThat(witness.alive()).isEmpty();
  }

  private static String catchMessage(ArmedValue value) {
    try {
      value.destroy();
      return "nothing was thrown";
    } catch (IllegalStateException e) {
      return e.getMessage();
    }
  }

  private Finding only(Verdict verdict) {
    assertThat(witness.findings()).extracting(Finding::verdict).containsOnly(verdict);
    return witness.findings().getFirst();
  }
}
