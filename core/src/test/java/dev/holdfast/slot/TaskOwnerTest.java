// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The slots of one task: found by their key alone, few or many. */
final class TaskOwnerTest {

  private final TaskOwner owner = new TaskOwner(new Scope(), null);

  @Test
  @DisplayName("Each of many slots is found by its key, those whose indices collide included")
  void findsEachSlot() {
    // The last of them have the same low bits in their index, whatever the size of the table is.
    List<LocalKey> all = new ArrayList<>();
    for (int i = 0; i < 8192; i++) {
      all.add(LocalKey.named("key " + i));
    }
    List<LocalKey> keys = new ArrayList<>(all.subList(0, 20));
    all.stream().filter(key -> key.index() % 512 == 511).forEach(keys::add);
    Collections.shuffle(keys, new Random(7));
    Map<LocalKey, Slot> made = new HashMap<>();
    for (LocalKey key : keys) {
      assertThat(owner.slot(key)).isNull();
      assertThat(owner.value(key)).isNull();
      Slot slot = owner.newSlot(key, null);
      slot.live("value of " + key);
      made.put(key, slot);
      made.forEach((each, its) -> {
        assertThat(owner.slot(each)).isSameAs(its);
        assertThat(owner.value(each)).isEqualTo("value of " + each);
      });
    }
    assertThat(made).hasSizeGreaterThan(30);
    List<LocalKey> others = new ArrayList<>(all);
    others.removeAll(made.keySet());
    assertThat(others).allSatisfy(each -> assertThat(owner.slot(each)).isNull());
  }

  @Test
  @DisplayName("A part sees what it is a part of, hides the same local there, and passes on once")
  void hidesTheOuter() {
    LocalKey first = LocalKey.named("first");
    LocalKey second = LocalKey.named("second");
    Slot.Heritable passed = new Passed();
    owner.newSlot(first, passed).live("outer first");
    owner.newSlot(second, passed).live("outer second");
    owner.newSlot(LocalKey.named("kept"), null).live("kept");
    TaskOwner part = new TaskOwner(new Scope(), owner);
    assertThat(part.value(first)).isNull();
    assertThat(values(part.heritable())).containsExactly("outer first", "outer second");
    part.newSlot(first, passed).live("inner first");
    assertThat(values(part.heritable())).containsExactly("outer second", "inner first");
    assertThat(values(owner.heritable())).containsExactly("outer first", "outer second");
    part.end();
    assertThat(part.ended()).isTrue();
    assertThat(owner.value(first)).isEqualTo("outer first");
  }

  private static List<@Nullable Object> values(List<Slot> slots) {
    List<@Nullable Object> values = new ArrayList<>();
    slots.forEach(slot -> values.add(slot.value()));
    return values;
  }

  private static final class Passed implements Slot.Heritable {
    @Override
    public void passOn(Slot from, TaskOwner heir) {
      throw new AssertionError("nothing is started here");
    }

    @Override
    public void destroy(Object value) {}
  }

  static final class Scope implements TaskScope {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public Domain domain() {
      throw new UnsupportedOperationException();
    }

    @Override
    public @Nullable TaskOwner values() {
      return null;
    }

    @Override
    public void values(@Nullable TaskOwner owner) {
      throw new UnsupportedOperationException();
    }

    @Override
    public int leases() {
      return 0;
    }

    @Override
    public void leases(int count) {
      throw new UnsupportedOperationException();
    }
  }
}
