// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.sanitizer;

import dev.holdfast.shutdown.ShutdownReport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.ReferenceQueue;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What befell one value: where it was made, who took it and gave it back, who used it, and where it
 * was destroyed. Of takes and returns the latest are kept.
 *
 * <p>Any thread may add to it and read it. No method blocks: tasks are on their workers meanwhile,
 * and must not leave them. None fails for want of memory or stack either; what could not be
 * recorded is missing.
 */
public final class History {

  /** The most takes and returns that are kept. */
  static final int MOST_EVENTS = 8;

  /** A use is recorded if none was for so long: what comes in between would only replace it. */
  private static final long USE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private record Event(String what, Trace trace) {}

  /**
   * The takes and returns.
   *
   * @param latest the last of them, oldest first
   * @param dropped how many came before those
   * @param takes how many of all were takes
   */
  private record Past(List<Event> latest, int dropped, int takes) {

    static final Past NONE = new Past(List.of(), 0, 0);

    Past and(Event next, int newTakes) {
      Event[] all = latest.toArray(Event[]::new);
      boolean full = all.length == MOST_EVENTS;
      Event[] now =
          full ? Arrays.copyOfRange(all, 1, all.length + 1) : Arrays.copyOf(all, all.length + 1);
      now[now.length - 1] = next;
      return new Past(List.of(now), dropped + (full ? 1 : 0), newTakes);
    }
  }

  private static final VarHandle PAST;

  static {
    try {
      PAST = MethodHandles.lookup().findVarHandle(History.class, "past", Past.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private volatile @Nullable Event made;
  private volatile @Nullable Event used;
  private volatile @Nullable Event ended;

  // Replaced by CAS.
  private volatile Past past = Past.NONE;

  // The last exclusive take that was tracked. Written by its task, read by reports: volatile, for
  // them to see what it says.
  private volatile @Nullable Unclosed lease;

  private History() {}

  /** Returns a history that begins here, or null if there is no room for one. */
  public static @Nullable History begun(String how) {
    try {
      History begun = new History();
      begun.made = new Event(how, Trace.here());
      return begun;
    } catch (VirtualMachineError e) {
      return null;
    }
  }

  /** Records an access that takes nothing along. */
  public void used(String form) {
    Event last = used;
    if (last != null && System.nanoTime() - last.trace.at() < USE_NANOS) {
      return;
    }
    try {
      used = new Event("used by " + form + ", of which the last in a while is kept", Trace.here());
    } catch (VirtualMachineError e) {
      used = last;
    }
  }

  /** Records something else that has to do with who has the value. */
  public void add(String what) {
    try {
      add(what, Trace.here(), false);
    } catch (VirtualMachineError e) {
      Thread.onSpinWait();
    }
  }

  private Past add(String what, Trace trace, boolean take) {
    while (true) {
      Past before = past;
      int takes = before.takes + (take ? 1 : 0);
      Past after =
          before.and(new Event(take ? what + " #" + takes + " taken" : what, trace), takes);
      if (PAST.compareAndSet(this, before, after)) {
        return after;
      }
    }
  }

  /**
   * Records that the value is handed out, and begins to watch what that is done by.
   *
   * @param handle what is handed out, to be closed
   * @param queue who is told if that is collected before
   * @param name of the local
   * @param owner who took it, for the report
   */
  public Unclosed taken(
      ShutdownReport.Kind kind,
      Object handle,
      ReferenceQueue<Object> queue,
      String name,
      String owner) {
    String form = kind == ShutdownReport.Kind.GUARD ? "guard" : "lease";
    Trace trace = Trace.here();
    int number = add(form, trace, true).takes;
    return new Unclosed(handle, queue, this, kind, form + " #" + number, name, owner, trace);
  }

  /** Keeps what watches the exclusive take of the value. */
  public void lease(Unclosed taken) {
    lease = taken;
  }

  /** Returns what watches the exclusive take, or watched the last one; null if none was tracked. */
  public @Nullable Unclosed lease() {
    return lease;
  }

  /**
   * Records the end of the value.
   *
   * @param closed who asked for the end of all, or null
   */
  public void ended(@Nullable Trace closed) {
    try {
      Trace here = Trace.here();
      ended = new Event("destroyed", here);
      if (closed != null) {
        // The destructor's own stack tells nothing: who asked for it is the user's code.
        add("its runtime told to end", closed, false);
      }
    } catch (VirtualMachineError e) {
      Thread.onSpinWait();
    }
  }

  /** Returns what is to be added to a message: nothing if there is no history. */
  public static String told(@Nullable History history) {
    return history == null ? "" : "; what the sanitiser recorded of the value:" + history;
  }

  /** Returns a line for each event, with its stack; each begins with a line break. */
  @Override
  public String toString() {
    long now = System.nanoTime();
    StringBuilder text = new StringBuilder();
    tell(text, made, now);
    Past known = past;
    if (known.dropped > 0) {
      text.append("\n  ").append(known.dropped).append(" takes and returns that are not kept");
    }
    known.latest.forEach(event -> tell(text, event, now));
    tell(text, used, now);
    tell(text, ended, now);
    return text.toString();
  }

  private static void tell(StringBuilder text, @Nullable Event event, long now) {
    if (event != null) {
      event.trace.tell(text, event.what, now);
    }
  }
}
