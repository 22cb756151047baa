// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.Await;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RegistryTest {

  private static final int SIZE = 256;

  private final Registry registry = new Registry();

  /** An entry with plain fields, as real ones have them. */
  private static final class Item implements Registry.Entry {
    private final int id;
    private Object[] chunk;
    private int index;

    /** Plain: published by the removal. */
    private int done;

    Item(int id) {
      this.id = id;
    }

    @Override
    public void placed(Object[] chunk, int index) {
      this.chunk = chunk;
      this.index = index;
    }

    @Override
    public Object[] chunk() {
      return chunk;
    }

    @Override
    public int index() {
      return index;
    }
  }

  @Test
  void isEmptyAtFirstAndWhenAllWereRemoved() {
    assertThat(registry.isEmpty()).isTrue();
    assertThat(registry.estimate()).isZero();
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      items.add(add(i));
      assertThat(registry.isEmpty()).isFalse();
    }
    assertThat(registry.estimate()).isEqualTo(1_000);
    for (Item item : items) {
      assertThat(registry.isEmpty()).isFalse();
      Registry.remove(item);
    }
    assertThat(registry.isEmpty()).isTrue();
    assertThat(registry.estimate()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void behavesLikeASet(long seed) {
    Random random = new Random(seed);
    List<Item> model = new ArrayList<>();
    for (int step = 0; step < 200_000; step++) {
      boolean growing = step / 20_000 % 2 == 0;
      if (model.isEmpty() || random.nextInt(100) < (growing ? 60 : 42)) {
        model.add(add(step));
      } else {
        Collections.swap(model, random.nextInt(model.size()), model.size() - 1);
        Registry.remove(model.removeLast());
      }
      if (step % 1_000 == 0) {
        List<Object> seen = new ArrayList<>();
        registry.forEach(seen::add);
        assertThat(seen).hasSameSizeAs(model);
        assertThat(identitySet(seen)).isEqualTo(identitySet(model));
        assertThat(registry.estimate()).isEqualTo(model.size());
        assertThat(registry.isEmpty()).isEqualTo(model.isEmpty());
      }
    }
  }

  @Test
  void freePlacesAreUsedAgain() {
    for (int i = 0; i < 1_000_000; i++) {
      Registry.remove(add(i));
    }
    assertThat(registry.chunks()).isLessThanOrEqualTo(2);
  }

  /** A chunk that is always crowded stands in the way of a clock hand. */
  @Test
  void someThatLiveForEverDoNotGrowIt() {
    for (int i = 0; i < SIZE; i++) {
      add(i);
    }
    for (int i = 0; i < 1_000_000; i++) {
      Registry.remove(add(i));
    }
    assertThat(registry.chunks()).isLessThanOrEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 256, 1_000, 10_000, 50_000})
  void memoryIsBoundedWhenTheOldestLeaves(int population) {
    ArrayDeque<Item> items = new ArrayDeque<>();
    for (int i = 0; i < population * 10 + 100_000; i++) {
      if (items.size() == population) {
        Registry.remove(items.remove());
      }
      items.add(add(i));
      assertBound(population);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 256, 1_000, 10_000, 50_000})
  void memoryIsBoundedWhenAnyoneLeaves(int population) {
    Random random = new Random(population);
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < population * 10 + 100_000; i++) {
      if (items.size() == population) {
        Collections.swap(items, random.nextInt(population), population - 1);
        Registry.remove(items.removeLast());
      }
      items.add(add(i));
      assertBound(population);
    }
  }

  /** Keeps those alive that lie together, so that as many chunks as possible look crowded. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10})
  void memoryIsBoundedWhenBlocksLeaveTogether(int blocks) {
    Random random = new Random(blocks);
    int population = (blocks + 1) * SIZE;
    List<List<Item>> alive = new ArrayList<>();
    for (int round = 0; round < 5_000; round++) {
      List<Item> block = new ArrayList<>();
      for (int i = 0; i < SIZE; i++) {
        block.add(add(i));
      }
      alive.add(block);
      if (alive.size() > blocks) {
        alive.remove(random.nextInt(alive.size())).forEach(Registry::remove);
      }
      assertBound(population);
    }
  }

  @Test
  void shrinksWhenThePopulationHasShrunk() {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      items.add(add(i));
    }
    int peak = registry.chunks();
    assertThat(peak).isBetween(781, 785);
    items.forEach(Registry::remove);
    for (int i = 0; i < 2 * 17 * peak; i++) {
      Registry.remove(add(i));
    }
    assertThat(registry.chunks()).isLessThanOrEqualTo(4);
    assertThat(registry.isEmpty()).isTrue();
    Item last = add(1);
    List<Object> seen = new ArrayList<>();
    registry.forEach(seen::add);
    assertThat(seen).containsExactly(last);
  }

  @Test
  @DisplayName("Chunks in the midst are dropped: collected, and nobody on either side is lost")
  void whatIsDroppedIsCollected() {
    int chunks = 40;
    List<Item> items = new ArrayList<>();
    Set<Object> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
    for (int i = 0; i < chunks * SIZE; i++) {
      Item item = add(i);
      items.add(item);
      arrays.add(item.chunk());
    }
    List<WeakReference<Object>> remains = new ArrayList<>();
    arrays.forEach(array -> remains.add(new WeakReference<>(array)));
    assertThat(remains).hasSize(chunks);
    arrays.clear();
    Item oldest = items.removeFirst();
    Item youngest = items.removeLast();
    items.forEach(Registry::remove);
    items.clear();
    for (int i = 0; i < 3 * 17 * chunks; i++) {
      Registry.remove(add(i));
    }
    assertThat(registry.chunks()).isLessThanOrEqualTo(5);
    List<Object> seen = new ArrayList<>();
    registry.forEach(seen::add);
    assertThat(seen).containsExactlyInAnyOrder(oldest, youngest);
    assertThat(registry.estimate()).isEqualTo(2);
    Await.until(
        "what was dropped is collected",
        () -> {
          System.gc();
          return remains.stream().filter(each -> !each.refersTo(null)).count() <= registry.chunks();
        });
  }

  @Test
  @DisplayName("Free chunks are kept for the next wave until more than half of all are free")
  void keepsSomeOfWhatIsFree() {
    List<Item> items = new ArrayList<>();
    int chunks = 40;
    for (int i = 0; i < chunks * SIZE; i++) {
      items.add(add(i));
    }
    items.forEach(Registry::remove);
    // The hand has seen a third of them.
    for (int i = 0; i < 16 * chunks / 3; i++) {
      Registry.remove(add(i));
    }
    assertThat(registry.chunks()).isGreaterThanOrEqualTo(chunks);
  }

  @Test
  @DisplayName("An action with an argument meets the same entries, with it")
  void anArgumentIsPassedOn() {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 2 * SIZE + 1; i++) {
      items.add(add(i));
    }
    Registry.remove(items.remove(7));
    List<Object> seen = new ArrayList<>();
    registry.forEach(seen, (entry, list) -> list.add(entry));
    assertThat(seen).containsExactlyInAnyOrderElementsOf(items);
  }

  @Test
  void theActionMayAddAndRemove() {
    for (int i = 0; i < 300; i++) {
      add(i);
    }
    registry.forEach(entry -> {
      Registry.remove((Item) entry);
      if (((Item) entry).id < 300) {
        add(1_000);
      }
    });
    registry.forEach(entry -> assertThat(((Item) entry).id).isEqualTo(1_000));
  }

  /**
   * The owner adds; two threads remove; a reader meets everybody who was there before it began and
   * stays, in spite of chunks that come and go.
   */
  @Test
  void aReaderMeetsAllWhoWereThereAndStay() throws Exception {
    int total = 1_500_000;
    int[] stays = new int[1]; // Published by stayed, below.
    BlockingQueue<List<Item>> leaving = new ArrayBlockingQueue<>(64);
    Progress progress = new Progress();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> futures = new ArrayList<>();
      for (int remover = 0; remover < 2; remover++) {
        futures.add(
            threads.submit(() -> {
              for (List<Item> batch = leaving.take(); !batch.isEmpty(); batch = leaving.take()) {
                for (Item item : batch) {
                  item.done = 1;
                  Registry.remove(item);
                }
              }
              return null;
            }));
      }
      futures.add(
          threads.submit(() -> {
            int scans = 0;
            while (!progress.over) {
              int before = progress.stayed;
              BitSet met = new BitSet();
              registry.forEach(entry -> {
                Item item = (Item) entry;
                assertThat(item.chunk()).isNotNull();
                if (item.id >= 0) {
                  assertThat(met.get(item.id)).isFalse();
                  met.set(item.id);
                }
              });
              assertThat(met.nextClearBit(0)).isGreaterThanOrEqualTo(before);
              scans++;
            }
            assertThat(scans).isPositive();
            return null;
          }));
      Random random = new Random(1);
      List<Item> batch = new ArrayList<>();
      int size = 10;
      for (int i = 0; i < total; i++) {
        if (random.nextInt(1_000) == 0) {
          add(stays[0]++);
          progress.stayed = stays[0];
        } else {
          batch.add(add(-1));
        }
        if (batch.size() >= size) {
          leaving.put(batch);
          batch = new ArrayList<>();
          // Tides, so that chunks are made and dropped.
          size = random.nextInt(50) == 0 ? 20_000 : 10 + random.nextInt(500);
        }
      }
      leaving.put(batch.isEmpty() ? List.of(add(-1)) : batch);
      leaving.put(List.of());
      leaving.put(List.of());
      progress.over = true;
      for (Future<?> future : futures) {
        future.get();
      }
    }
    assertThat(registry.estimate()).isEqualTo(stays[0]);
  }

  private static final class Progress {
    /** How many that stay were added. Written by the owner, read by the reader. */
    volatile int stayed;

    /** Written by the owner, read by the reader. */
    volatile boolean over;
  }

  @Test
  void whoFindsItEmptySeesWhatWasDoneBefore() throws Exception {
    BlockingQueue<Item> leaving = new ArrayBlockingQueue<>(1);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      int rounds = 50_000;
      Future<?> remover =
          threads.submit(() -> {
            for (int i = 0; i < rounds; i++) {
              Item item = leaving.take();
              item.done = item.id + 1;
              Registry.remove(item);
            }
            return null;
          });
      for (int i = 0; i < rounds; i++) {
        Item item = add(i);
        leaving.put(item);
        while (!registry.isEmpty()) {
          Thread.onSpinWait();
        }
        assertThat(item.done).isEqualTo(i + 1);
      }
      remover.get();
    }
  }

  private Item add(int id) {
    Item item = new Item(id);
    registry.add(item);
    return item;
  }

  private void assertBound(int population) {
    if (registry.chunks() * SIZE > 4 * population + 3 * SIZE) {
      assertThat(registry.chunks() * SIZE).isLessThanOrEqualTo(4 * population + 3 * SIZE);
    }
  }

  private static Set<Object> identitySet(List<?> items) {
    Set<Object> set = Collections.newSetFromMap(new IdentityHashMap<>());
    set.addAll(items);
    return set;
  }
}
