// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.sanitizer;

import dev.holdfast.shutdown.ShutdownReport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One tracked lease or guard: whether it was closed, or has become garbage before that.
 *
 * <p>Is kept by what it was taken of as long as that is out, and keeps the handle itself not.
 */
public final class Unclosed extends PhantomReference<Object> {

  /** It is out, and somebody can close it. */
  private static final byte OPEN = 0;

  /** It was closed, or taken from its task at the task's end. */
  private static final byte CLOSED = 1;

  /** It was collected while it was open: nobody can close it any more. */
  private static final byte LOST = 2;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(Unclosed.class, "state", byte.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final History history;
  private final ShutdownReport.Kind kind;
  private final String what;
  private final String name;
  private final String owner;
  private final Trace trace;

  // Leaves OPEN once, by CAS: who does that has the right to report it.
  private volatile byte state = OPEN;

  Unclosed(
      Object handle,
      ReferenceQueue<Object> queue,
      History history,
      ShutdownReport.Kind kind,
      String what,
      String name,
      String owner,
      Trace trace) {
    super(handle, queue);
    this.history = history;
    this.kind = kind;
    this.what = what;
    this.name = name;
    this.owner = owner;
    this.trace = trace;
  }

  /** Returns the history of the value. */
  public History history() {
    return history;
  }

  /** Says whether it is out, and can be closed; any thread. */
  public boolean isOpen() {
    return state == OPEN;
  }

  /** Says whether it is out, and whether it can be closed or not; any thread. */
  public boolean isOut() {
    return state != CLOSED;
  }

  /** Records that it is closed, once; by who closes it, to whom the handle is reachable. */
  public void close() {
    if (STATE.compareAndSet(this, OPEN, CLOSED)) {
      clear();
      history.add(what + " closed");
    }
  }

  /**
   * Its task has ended.
   *
   * @return whether it is to be reported: it was open, and was not reported as lost
   */
  public boolean abandon() {
    boolean first = STATE.compareAndSet(this, OPEN, CLOSED);
    history.add(what + " taken from its task, which ended");
    return first;
  }

  /**
   * The handle was collected.
   *
   * @return whether it is to be reported: it was open
   */
  public boolean lose() {
    return STATE.compareAndSet(this, OPEN, LOST);
  }

  /** Describes it for a report. */
  public ShutdownReport.Holder describe(long now) {
    return new ShutdownReport.Holder(
        kind,
        name,
        state == LOST ? owner + ", collected unclosed" : owner,
        Duration.ofNanos(Math.max(0, now - trace.at())),
        trace.frames());
  }

  /** Returns the next one that was collected and is to be reported, or null; never waits. */
  public static @Nullable Unclosed lost(ReferenceQueue<Object> queue) {
    for (Object each = queue.poll(); each != null; each = queue.poll()) {
      if (each instanceof Unclosed unclosed && unclosed.lose()) {
        return unclosed;
      }
    }
    return null;
  }
}
