// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.ForkedJvm;
import dev.holdfast.testing.FullHeap;
import dev.holdfast.testing.ListedEntry;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** A registry where the memory comes to its end. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
final class RegistryMemoryTest {

  @Test
  @Tag("S63")
  @DisplayName("S63: a registry with free places takes entries on a full heap, and stays whole")
  void aRegistryStaysWholeOnAFullHeap() throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(List.of("-Xmx8m"), OnAFullHeap.class);
    assertThat(outcome.lines()).containsExactly("refused 0", "left 0");
    assertThat(outcome.exit()).isZero();
  }

  /** Adds to a registry as its list of chunks to be used again must grow, and cannot. */
  static final class OnAFullHeap {

    private static final int ENTRIES = 256 * 24;

    /**
     * With so many adds the hand finds ten chunks, which is what the list has room for at first.
     */
    private static final int UP_TO_FULL_LIST = 168;

    private static final int ON_FULL_HEAP = 48;

    public static void main(String[] arguments) {
      ListedEntry[] entries = new ListedEntry[ENTRIES];
      for (int i = 0; i < ENTRIES; i++) {
        entries[i] = new ListedEntry();
      }
      // Once with enough memory: the first use of code takes some too.
      use(new Registry(), entries, false);
      use(new Registry(), entries, true);
    }

    private static void use(Registry registry, ListedEntry[] entries, boolean full) {
      for (ListedEntry entry : entries) {
        registry.add(entry);
      }
      for (int i = 0; i < ENTRIES; i += 2) {
        Registry.remove(entries[i]);
      }
      int added = 0;
      for (; added < UP_TO_FULL_LIST; added++) {
        registry.add(entries[2 * added]);
      }
      if (full) {
        FullHeap.fill();
      }
      int refused = 0;
      for (; added < UP_TO_FULL_LIST + ON_FULL_HEAP; added++) {
        ListedEntry entry = entries[2 * added];
        entry.placed(Registry.NOWHERE, 0);
        try {
          registry.add(entry);
        } catch (OutOfMemoryError e) {
          refused++;
        }
      }
      FullHeap.release();
      for (int i = 0; i < ENTRIES; i++) {
        if ((i % 2 == 1 || i < 2 * added) && entries[i].chunk() != Registry.NOWHERE) {
          Registry.remove(entries[i]);
        }
      }
      // Nearly empty, it drops chunks.
      Random random = new Random(7);
      for (int i = 0; i < 200_000; i++) {
        ListedEntry entry = entries[random.nextInt(ENTRIES)];
        registry.add(entry);
        Registry.remove(entry);
      }
      if (full) {
        System.out.println("refused " + refused);
        System.out.println("left " + registry.estimate());
      }
    }
  }
}
