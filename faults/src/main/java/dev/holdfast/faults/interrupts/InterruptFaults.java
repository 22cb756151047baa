// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.interrupts;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Body;
import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Findings;
import dev.holdfast.faults.books.Row;
import dev.holdfast.faults.books.Until;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.Tier;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Interrupts each {@link Call} that waits, on each kind of thread, in each tier, before and during
 * the wait, and looks whether it does what is promised, and nothing else is lost.
 */
public final class InterruptFaults implements Check {

  /** When the interrupt comes. */
  public enum Moment {
    /** Before the call. */
    BEFORE,
    /** While it waits. */
    DURING,
    /** While it waits, and again. */
    TWICE
  }

  private static final int LONG_TIMES = 100;

  /** Long enough for what is to end at once. */
  private static final Duration SOON = Duration.ofSeconds(10);

  /** The same, for what is to wait on, and is wrong on purpose. */
  private static final Duration SOON_FOR_WRONG = Duration.ofMillis(500);

  /** Makes it. */
  public InterruptFaults() {}

  @Override
  public String name() {
    return "interrupts";
  }

  @Override
  public List<String> flags() {
    return List.of("-Xmx512m");
  }

  @Override
  public Duration atMost(Extent extent) {
    return Duration.ofMinutes(extent.isLong() ? 40 : 5);
  }

  @Override
  public Row run(Extent extent) throws Exception {
    long began = System.nanoTime();
    Findings findings = new Findings();
    int runs = 0;
    for (int i = 0; i < (extent.isLong() ? LONG_TIMES : 1); i++) {
      for (Tier tier : Tier.values()) {
        for (Call call : Call.values()) {
          runs += all(tier, call, findings);
        }
      }
    }
    Row row =
        Row.of(
            "interrupts: every call that waits, before and during, on every kind of thread",
            runs,
            findings,
            began);
    int caught = 0;
    for (Wrong each : Wrong.values()) {
      caught += isCaught(each) ? 1 : 0;
    }
    return row.withCanaries(caught, Wrong.values().length);
  }

  /** Interrupts one call on all threads at all moments; returns how often that was. */
  public static int all(Tier tier, Call call, Findings findings) throws Exception {
    int runs = 0;
    for (Caller caller : Caller.values()) {
      for (Moment moment : Moment.values()) {
        if (call.isFor(tier, caller)) {
          new Run(tier, call, caller, moment, null, findings).run();
          runs++;
        }
      }
    }
    return runs;
  }

  /** Says whether a call that is wrong on purpose is found. */
  public static boolean isCaught(Wrong wrong) throws Exception {
    Findings findings = new Findings();
    new Run(Tier.OWNED, wrong.instead(), Caller.PLATFORM, Moment.DURING, wrong, findings).run();
    return findings.mentions(wrong.seenAs());
  }

  /** One interrupt of one call. */
  private static final class Run {

    private final String name;
    private final Call call;
    private final Caller caller;
    private final Moment moment;
    private final @Nullable Wrong wrong;
    private final Findings findings;
    private final Scene scene;

    // Written by the caller, read by who interrupts: volatile; the outcome is published by done.
    private volatile @Nullable Thread thread;
    private volatile boolean done;
    private @Nullable Throwable thrown;
    private @Nullable String said;
    private boolean gateWasOpen;
    private boolean flag;

    Run(
        Tier tier,
        Call call,
        Caller caller,
        Moment moment,
        @Nullable Wrong wrong,
        Findings findings) {
      this.name =
          (wrong == null ? "" : wrong + " ") + call + " " + tier + " " + caller + " " + moment;
      this.call = call;
      this.caller = caller;
      this.moment = moment;
      this.wrong = wrong;
      this.findings = findings;
      Books books = new Books("interrupt-" + name.replace(' ', '-'), findings);
      this.scene = new Scene(tier, call.spares(), books);
    }

    void run() throws Exception {
      call.prepare(scene);
      start();
      Promise promise = call.promise();
      Thread waiting = awaitCaller();
      if (moment != Moment.BEFORE) {
        interrupt(waiting);
      }
      if (moment == Moment.TWICE) {
        interrupt(waiting);
      }
      if (promise.waits()) {
        check(waitsOn(waiting) || done, "does not wait on after its interrupt: " + where(waiting));
      } else if (!Until.holds(wrong == null ? SOON : SOON_FOR_WRONG, () -> done)) {
        findings.add(name + ": waits on in spite of its interrupt: " + where(waiting));
      }
      // Before the gate is opened, or they would end by themselves.
      if (promise.cancels()) {
        check(
            Until.holds(wrong == null ? SOON : SOON_FOR_WRONG, scene::allWereInterrupted),
            "the body was not interrupted");
      }
      scene.gate.countDown();
      if (!Until.holds(() -> done)) {
        findings.add(name + ": hangs: " + where(waiting));
        return;
      }
      checkOutcome(promise);
      end();
    }

    private void start() {
      switch (caller) {
        case TASK -> handIn(true);
        case JOB -> handIn(false);
        case STRAY -> {
          Body stray = scene.books.body("stray", this::callIt);
          Body body =
              scene.books.body(
                  "starts a stray",
                  () -> {
                    Thread.startVirtualThread(stray);
                    return null;
                  });
          body.handle(scene.runtime.spawn(body));
        }
        case PLATFORM -> Thread.ofPlatform().daemon().name("caller").start(this::callIt);
        case VIRTUAL -> Thread.ofVirtual().name("caller").start(this::callIt);
      }
    }

    private void handIn(boolean task) {
      Body body = scene.books.body("caller", this::callIt);
      Task<?> handle = task ? scene.runtime.spawn(body) : scene.runtime.spawnBlocking(body);
      body.handle(handle);
    }

    /** By the caller. */
    private @Nullable Object callIt() {
      Thread current = Thread.currentThread();
      if (moment == Moment.BEFORE) {
        current.interrupt();
      }
      thread = current;
      try {
        said = wrong == null ? call.call(scene) : wrong.call(scene);
      } catch (Throwable e) {
        thrown = e;
      }
      gateWasOpen = scene.gate.getCount() == 0;
      flag = Thread.interrupted();
      done = true;
      return null;
    }

    private Thread awaitCaller() {
      Until.holds(() -> thread != null);
      Thread found = thread;
      if (found == null) {
        throw new IllegalStateException(name + ": the caller does not begin");
      }
      return found;
    }

    private void interrupt(Thread waiting) {
      Until.holds(SOON, () -> done || waits(waiting));
      waiting.interrupt();
    }

    /**
     * Waits until a thread has seen its interrupt, and waits again; not for long enough, if not.
     */
    private boolean waitsOn(Thread waiting) {
      return Until.holds(SOON, () -> done || (!waiting.isInterrupted() && waits(waiting)));
    }

    private static boolean waits(Thread thread) {
      Thread.State state = thread.getState();
      return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    }

    private static String where(Thread thread) {
      StringBuilder text = new StringBuilder(thread + " " + thread.getState());
      for (StackTraceElement each : thread.getStackTrace()) {
        text.append(" < ").append(each);
      }
      return text.toString();
    }

    private void check(boolean holds, String otherwise) {
      findings.check(holds, name + ": " + otherwise);
    }

    private void checkOutcome(Promise promise) {
      Class<? extends Throwable> expected = promise.thrown();
      Throwable failure = thrown;
      if (expected == null) {
        check(failure == null, "throws " + failure);
        check(said == null, String.valueOf(said));
      } else {
        check(expected.isInstance(failure), "throws " + failure + ", says " + said);
      }
      if (promise.waits()) {
        check(gateWasOpen, "ended before what it waits for has ended");
        check(scene.noneWasInterrupted(), "a body was interrupted");
      }
      // A second interrupt may come when the first is on its way out: nobody has taken it then.
      boolean mayBeSet = promise.flag() || moment == Moment.TWICE;
      boolean mayBeClear = !promise.flag();
      check(flag ? mayBeSet : mayBeClear, "the flag is " + flag + " afterwards");
    }

    private void end() {
      ShutdownReport report = scene.runtime.shutdown(Until.LONG, Until.LONG);
      scene.books.close(report);
    }
  }
}
