// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.slot.Membership;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Workers whose numbers are read, and nothing else. */
final class BareWorkforce implements Workforce {

  private final List<WorkerOwner> workers;

  BareWorkforce(WorkerOwner... workers) {
    this.workers = List.of(workers);
  }

  private static UnsupportedOperationException none() {
    return new UnsupportedOperationException("has workers to count for, and runs nothing");
  }

  @Override
  public Tier tier() {
    throw none();
  }

  @Override
  public void start() {
    throw none();
  }

  @Override
  public List<? extends WorkerOwner> workers() {
    return workers;
  }

  @Override
  public int started() {
    return workers.size();
  }

  @Override
  public WorkerOwner worker(int number) {
    return workers.get(number);
  }

  @Override
  public void stop() {
    throw none();
  }

  @Override
  public void close() {
    throw none();
  }

  @Override
  public Thread newThread(@Nullable String name, Runnable body) {
    throw none();
  }

  @Override
  public void start(VirtualTask<?> task) {
    throw none();
  }

  @Override
  public Thread offer(VirtualTask<?> task) {
    throw none();
  }

  @Override
  public void begins(VirtualTask<?> task) {
    throw none();
  }

  @Override
  public void settles(VirtualTask<?> task) {
    throw none();
  }

  @Override
  public void ends(VirtualTask<?> task) {
    throw none();
  }

  @Override
  public void startEnding(StrayTask task) {
    throw none();
  }

  @Override
  public @Nullable TaskScope strayScope(Thread thread) {
    throw none();
  }

  @Override
  public void forEachUncounted(Consumer<? super VirtualTask<?>> action) {
    throw none();
  }

  @Override
  public boolean isAtWork(Thread current, Membership membership) {
    throw none();
  }

  @Override
  public void beginWatch() {
    throw none();
  }

  @Override
  public long look() {
    throw none();
  }

  @Override
  public void lookForEnded() {
    throw none();
  }

  @Override
  public boolean seal() {
    throw none();
  }

  @Override
  public long now() {
    throw none();
  }

  @Override
  public void touch() {
    throw none();
  }
}
