// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is known of a class loader that is released: which values of it there are. */
@Tag("S47")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class OriginTest {

  private static final int HANDED_ON = 2_000_000;

  @Test
  @DisplayName(
      "S47: a value that is handed on as its owner ends is seen, here or there, at any time")
  void seesWhatIsHandedOn() throws Exception {
    try (URLClassLoader loader = new URLClassLoader(new URL[0])) {
      Object made =
          Proxy.newProxyInstance(
              loader, new Class<?>[] {Runnable.class}, (proxy, called, with) -> null);
      Origin origin = Objects.requireNonNull(Origin.of(loader));
      LocalKey key = LocalKey.named("handed on", made);
      assertThat(key.comesFrom(origin)).isTrue();
      assertThat(origin.isHeld()).isFalse();
      TaskOwner owner = new TaskOwner(new TaskOwnerTest.Scope(), null);
      Slot first = new Slot(owner, key, null);
      first.making(null);
      AtomicBoolean stop = new AtomicBoolean();
      Thread tasks =
          new Thread(() -> {
            Slot last = first;
            for (int i = 0; i < HANDED_ON && !stop.get(); i++) {
              Slot next = new Slot(owner, key, null);
              next.making(null);
              last.notMade();
              last = next;
            }
            stop.set(true);
            last.notMade();
          });
      tasks.start();
      boolean held = true;
      while (held && !stop.get()) {
        held = origin.isHeld() || stop.get();
      }
      stop.set(true);
      tasks.join();
      assertThat(held).isTrue();
      assertThat(origin.isHeld()).isFalse();
    }
  }
}
