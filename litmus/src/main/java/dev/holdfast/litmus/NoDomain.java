// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.litmus;

import dev.holdfast.sanitizer.History;
import dev.holdfast.sanitizer.Trace;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.slot.Domain;
import dev.holdfast.slot.Holder;
import dev.holdfast.slot.Registry;
import dev.holdfast.slot.Service;
import dev.holdfast.slot.TaskScope;
import dev.holdfast.slot.WorkerOwner;
import java.lang.ref.ReferenceQueue;
import org.jspecify.annotations.Nullable;

/** A runtime that is none: it runs for ever, counts nothing, and is told of no failure. */
public final class NoDomain implements Domain {

  /** The only one. */
  public static final NoDomain INSTANCE = new NoDomain();

  private final ReferenceQueue<Object> unclosed = new ReferenceQueue<>();

  private NoDomain() {}

  @Override
  public String name() {
    return "litmus";
  }

  @Override
  public ShutdownPhase phase() {
    return ShutdownPhase.RUNNING;
  }

  @Override
  public long now() {
    return 0;
  }

  @Override
  public @Nullable TaskScope strayScope(Thread thread) {
    return null;
  }

  @Override
  public void heldOutside(Registry.Entry holder) {}

  @Override
  public void releasedOutside(Registry.Entry holder) {}

  @Override
  public void guardOpenedOutside() {}

  @Override
  public void guardClosedOutside() {}

  @Override
  public void released() {}

  @Override
  public int workersStarted() {
    return 0;
  }

  @Override
  public WorkerOwner worker(int number) {
    throw new UnsupportedOperationException("has no worker " + number);
  }

  @Override
  public void serve(String taskName, Service body) {
    throw new UnsupportedOperationException("runs no tasks, nor '" + taskName + "'");
  }

  @Override
  public void leaked(ShutdownReport.Holder leak, @Nullable History history) {
    throw new AssertionError("leaked: " + leak);
  }

  @Override
  public ReferenceQueue<Object> unclosed() {
    return unclosed;
  }

  @Override
  public @Nullable Trace closedBy() {
    return null;
  }

  @Override
  public void exiting(Holder thread) {}

  @Override
  public void exited(Holder thread) {}

  @Override
  public void failed(ShutdownReport.Failure failure) {
    throw new AssertionError(failure.cause());
  }

  @Override
  public void destructorFailed(ShutdownReport.Failure failure) {
    throw new AssertionError(failure.cause());
  }
}
