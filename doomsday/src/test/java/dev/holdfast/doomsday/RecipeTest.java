// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.doomsday.canary.Canary;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** That adapters are made from recipes, and what is said of recipes that make none. */
final class RecipeTest {

  private static final String HERE = RecipeTest.class.getName();

  static ExecutorService withFactory(ThreadFactory threads) {
    return Executors.newFixedThreadPool(1, threads);
  }

  static ExecutorService alone() {
    return Executors.newFixedThreadPool(1);
  }

  static RuntimeAdapter adapter() {
    return Canary.all().getFirst();
  }

  static String text() {
    return "no adapter";
  }

  ExecutorService ofAnInstance() {
    return alone();
  }

  /** Has no constructor without parameters. */
  private static final class Closed {
    Closed(int number) {
      throw new IllegalStateException(String.valueOf(number));
    }
  }

  private static RuntimeAdapter make(String recipe) {
    return Recipe.make(recipe, RecipeTest.class.getClassLoader());
  }

  @Test
  @DisplayName("a static method makes an adapter, or an executor that has one")
  void aMethodMakesOne() {
    RuntimeAdapter made = make(HERE + "#withFactory");
    assertThat(made.name()).isEqualTo("RecipeTest.withFactory");
    assertThat(made.arming()).isEqualTo("thread factory");
    assertThat(made.recipe()).contains(HERE + "#withFactory");
    assertThat(make(HERE + "#alone").arming()).isEqualTo("end of the thread");
    assertThat(make(HERE + "#adapter").name()).isEqualTo("canary-early-destroy");
  }

  @Test
  @DisplayName("each canary's recipe makes that canary")
  void canariesAreMadeAgain() {
    for (Canary canary : Canary.all()) {
      RuntimeAdapter again = make(canary.recipe().orElseThrow());
      assertThat(again.name()).isEqualTo(canary.name());
      assertThat(((Canary) again).expected()).isEqualTo(canary.expected());
    }
  }

  @Test
  @DisplayName("a recipe that makes nothing is refused, with what is missing")
  void whatMakesNothingIsRefused() {
    for (String name : List.of("text", "ofAnInstance", "missing")) {
      assertThatThrownBy(() -> make(HERE + "#" + name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("static method '" + name + "'");
    }
    assertThatThrownBy(() -> make("no.such.Adapter"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no.such.Adapter");
    assertThatThrownBy(() -> make(Closed.class.getName()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("constructor");
    assertThatThrownBy(() -> make(RecipeTest.class.getName()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("RuntimeAdapter");
  }
}
