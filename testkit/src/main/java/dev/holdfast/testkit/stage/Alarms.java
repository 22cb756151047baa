// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The simulated time, and what is to happen when. All of it belongs to who has the turn, but for
 * cancelling, which any thread may do.
 *
 * <p>The time moves on only when nobody can run: to the next alarm. Where the JDK's own code looks
 * at the real clock, delays come out a little shorter each time; they are rounded up to whole
 * milliseconds, so that they are the same in each run.
 */
final class Alarms {

  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(1);

  /** Longer delays never end: nobody sleeps for a hundred years. */
  private static final long NEVER = Long.MAX_VALUE >> 2;

  private static final Comparator<Alarm> ORDER =
      Comparator.<Alarm>comparingLong(alarm -> alarm.at).thenComparingLong(alarm -> alarm.age);

  /** One action at a time. It is a future because the JDK cancels it through that type. */
  static final class Alarm implements ScheduledFuture<Object> {

    private final Runnable action;
    private final long at;
    private final long age;

    /** When it is due by the real clock, or {@code Long.MIN_VALUE} if that does not matter. */
    private final long realAt;

    // Set by any thread, read by who has the turn.
    private volatile boolean cancelled;
    private volatile boolean fired;

    private Alarm(Runnable action, long at, long age, long realAt) {
      this.action = action;
      this.at = at;
      this.age = age;
      this.realAt = realAt;
    }

    private long realNanosLeft() {
      return realAt == Long.MIN_VALUE ? 0 : realAt - System.nanoTime();
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      boolean first = !cancelled && !fired;
      cancelled = true;
      return first;
    }

    @Override
    public boolean isCancelled() {
      return cancelled;
    }

    @Override
    public boolean isDone() {
      return cancelled || fired;
    }

    @Override
    public Object get() {
      throw new UnsupportedOperationException("an alarm has no result and cannot be waited for");
    }

    @Override
    public Object get(long timeout, TimeUnit unit) {
      return get();
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(realNanosLeft(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return other instanceof Alarm alarm ? ORDER.compare(this, alarm) : 0;
    }
  }

  private final PriorityQueue<Alarm> queue = new PriorityQueue<>(ORDER);
  private long count;

  // Written by who has the turn, read by any thread that asks for the time.
  private volatile long now;

  /** Returns how much time has passed since the start; any thread. */
  long now() {
    return now;
  }

  /**
   * Sets an alarm.
   *
   * @param real whether who waits is going to look at the real clock
   */
  Alarm set(Runnable action, long nanos, boolean real) {
    boolean never = nanos >= NEVER;
    long rounded = never ? NEVER : real ? Math.ceilDiv(Math.max(0, nanos), TICK) * TICK : nanos;
    long realAt = real && !never ? System.nanoTime() + nanos : Long.MIN_VALUE;
    count++;
    Alarm alarm = new Alarm(action, now + rounded, count, realAt);
    if (!never) {
      queue.add(alarm);
    }
    return alarm;
  }

  /** Returns the next alarm, or null if none is set. */
  @Nullable Alarm next() {
    Alarm first = queue.peek();
    while (first != null && first.cancelled) {
      queue.remove();
      first = queue.peek();
    }
    return first;
  }

  /**
   * Returns how long the real clock has to go on, 0 or less if it has got there, until all may see
   * it who wake up with an alarm: those that are due at the same time do.
   */
  long realNanosLeft(Alarm alarm) {
    long left = 0;
    for (Alarm each : queue) {
      if (each.at <= alarm.at && !each.cancelled) {
        left = Math.max(left, each.realNanosLeft());
      }
    }
    return left;
  }

  /** Moves on to the time of an alarm. */
  void moveTo(Alarm alarm) {
    now = Math.max(now, alarm.at);
  }

  /** Runs all that is due. */
  void fire() {
    for (Alarm first = next(); first != null && first.at <= now; first = next()) {
      queue.remove();
      first.fired = true;
      first.action.run();
    }
  }
}
