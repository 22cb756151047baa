// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.slot.LocalKey;
import dev.holdfast.slot.Owner;
import dev.holdfast.slot.StackRoom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs the initialisers of locals: each knows which others it runs in, so that none recurses. */
final class Initializer {

  private Initializer() {}

  /**
   * Runs an initialiser; on the owner, which the calling code must not leave meanwhile.
   *
   * @param making what it makes a value for
   * @return the value, which is in no slot yet
   * @throws InitializerCycleException if the initialiser of this local is running there already
   */
  static <T> T run(Owner owner, Owner.Initializing making, Supplier<? extends T> initial) {
    LocalKey key = making.key();
    Owner.Initializing outer = owner.initializing();
    for (Owner.Initializing each = outer; each != null; each = each.outer()) {
      if (each.key() == key) {
        throw cycle(owner, key, outer);
      }
    }
    // What is made is to have its place: none is made where that might fail.
    StackRoom.ensure();
    try {
      making.outer(outer);
      owner.initializing(making);
      T made = initial.get();
      // Nothing is made from here to where the value has its place: it would be lost if that
      // failed.
      if (made == null) {
        throw new NullPointerException("the initialiser of local '" + key + "' returned null");
      }
      return made;
    } finally {
      // Set back to what it was: a stack overflow in here must not leave this one behind.
      owner.initializing(outer);
      if (outer != null) {
        // Else this would keep its slot, and its key with the index, for as long as it lives.
        making.outer(null);
      }
    }
  }

  /** One that makes something to be leased: there may be many of them, and none is in a slot. */
  static final class OfLease implements Owner.Initializing {

    private final LocalKey key;

    // On the owner only.
    private Owner.@Nullable Initializing outer;

    OfLease(LocalKey key) {
      this.key = key;
    }

    @Override
    public LocalKey key() {
      return key;
    }

    @Override
    public Owner.@Nullable Initializing outer() {
      return outer;
    }

    @Override
    public void outer(Owner.@Nullable Initializing around) {
      outer = around;
    }
  }

  private static InitializerCycleException cycle(
      Owner owner, LocalKey key, Owner.@Nullable Initializing innermost) {
    Deque<String> path = new ArrayDeque<>();
    Owner.Initializing each = innermost;
    while (each != null) {
      path.addFirst(each.key().name());
      each = each.key() == key ? null : each.outer();
    }
    return new InitializerCycleException(
        "the initialiser of local '"
            + key
            + "' asks for its own value on "
            + owner.name()
            + ": "
            + String.join(" -> ", path)
            + " -> "
            + key
            + "; pass the value along instead");
  }
}
