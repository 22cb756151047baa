// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GlobalQueueTest {

  private final GlobalQueue queue = new GlobalQueue();
  private final List<Runnable> rest = new ArrayList<>();

  private void keep(Runnable[] batch, int from) {
    rest.addAll(List.of(batch).subList(from, batch.length));
  }

  private static Runnable task(int id) {
    return new Runnable() {
      @Override
      public void run() {}

      @Override
      public String toString() {
        return "task " + id;
      }
    };
  }

  @Test
  void anEmptyQueueHasNothing() {
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll(this::keep)).isNull();
    queue.addAll(new Runnable[0]);
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.poll(this::keep)).isNull();
    assertThat(rest).isEmpty();
  }

  @Test
  void tasksAndBatchesAreTakenInOrderAndABatchAsAWhole() {
    List<Runnable> tasks = List.of(task(0), task(1), task(2), task(3), task(4));
    queue.add(tasks.get(0));
    queue.addAll(new Runnable[] {tasks.get(1), tasks.get(2), tasks.get(3)});
    queue.add(tasks.get(4));

    assertThat(queue.poll(this::keep)).isSameAs(tasks.get(0));
    assertThat(rest).isEmpty();
    assertThat(queue.poll(this::keep)).isSameAs(tasks.get(1));
    assertThat(rest).containsExactly(tasks.get(2), tasks.get(3));
    assertThat(queue.isEmpty()).isFalse();
    assertThat(queue.poll(this::keep)).isSameAs(tasks.get(4));
    assertThat(queue.isEmpty()).isTrue();
    assertThat(rest).hasSize(2);
  }

  @Test
  void aBatchOfOneIsATask() {
    Runnable task = task(0);
    queue.addAll(new Runnable[] {task});
    assertThat(queue.poll(this::keep)).isSameAs(task);
    assertThat(rest).isEmpty();
  }
}
