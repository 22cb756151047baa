// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.simulations;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.RuntimeClosedException;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.testkit.SimulatedRuntime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * What a scenario runs in: a runtime, and the books of what was begun and made there. At its end
 * all that was accepted has run, and all that was made was destroyed: once, on its owner, last made
 * first, after the last holder.
 *
 * <p>Scenarios reach the runtime through it where it matters, so that a {@link Sabotage} can come
 * between. One thread of a simulation runs at a time: nothing here is synchronized.
 */
final class World {

  /** What a callable is that may throw and returns nothing. */
  interface Act {
    void run() throws Exception;
  }

  final WorkerRuntime runtime;

  private final Sabotage sabotage;
  private final List<String> wrong = new ArrayList<>();
  private final List<Probe> probes = new ArrayList<>();
  private final Map<String, Integer> madeOn = new HashMap<>();
  private final List<String> unrun = new ArrayList<>();
  private int holders;
  private boolean sabotaged;

  World(WorkerRuntime runtime, Sabotage sabotage) {
    this.runtime = runtime;
    this.sabotage = sabotage;
  }

  /** Says whether this is the moment to do something wrong; once. */
  private boolean is(Sabotage what) {
    if (sabotage != what || sabotaged) {
      return false;
    }
    sabotaged = true;
    return true;
  }

  // ---- Work

  <T extends @Nullable Object> Task<T> spawn(String name, Callable<? extends T> body) {
    Task<T> task = runtime.spawn(name, counted(name, body));
    accepted(name);
    return task;
  }

  Task<@Nullable Void> start(String name, Act body) {
    return spawn(
        name,
        () -> {
          body.run();
          return null;
        });
  }

  Task<@Nullable Void> job(String name, Act body) {
    Task<@Nullable Void> task =
        runtime.spawnBlocking(
            counted(
                name,
                () -> {
                  body.run();
                  return null;
                }));
    accepted(name);
    return task;
  }

  /** Hands in a job that nobody waits for by its future. */
  void post(String name, Act body) {
    Task<?> _ = job(name, body);
  }

  /** Starts a task that nobody waits for by its future. */
  void launch(String name, Act body) {
    Task<?> _ = start(name, body);
  }

  /** Starts a task unless the runtime takes no more; says whether it did. */
  boolean offer(String name, Act body) {
    try {
      launch(name, body);
      return true;
    } catch (RuntimeClosedException e) {
      return false;
    }
  }

  /** Starts a virtual thread that the runtime is not asked for. */
  Thread thread(String name, Act body) {
    return Thread.ofVirtual()
        .name(name)
        .start(() -> {
          try {
            body.run();
          } catch (Exception | AssertionError e) {
            wrong.add(name + " threw " + e);
          }
        });
  }

  private void accepted(String name) {
    unrun.add(name);
  }

  private <T extends @Nullable Object> Callable<T> counted(
      String name, Callable<? extends T> body) {
    boolean lost = is(Sabotage.LOST);
    boolean hangs = is(Sabotage.HANG);
    return () -> {
      if (lost) {
        return nothing();
      }
      holders++;
      try {
        return body.call();
      } finally {
        destroyEarly();
        if (hangs) {
          new Semaphore(0).acquireUninterruptibly();
        }
        holders--;
        unrun.remove(name);
      }
    };
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // a sabotage
  private static <T extends @Nullable Object> T nothing() {
    return null;
  }

  private void destroyEarly() {
    for (Probe each : List.copyOf(probes)) {
      if (!each.isDestroyed() && is(Sabotage.EARLY)) {
        each.destroy(each.owner);
      }
    }
  }

  /** Counts what holds the barrier beside tasks and jobs. */
  void holds() {
    holders++;
  }

  /** Counts the end of it; before it really ends. */
  void lets() {
    holders--;
  }

  // ---- Values

  WorkerLocal<Probe> local(String name) {
    return local(name, () -> {});
  }

  /** Makes a local whose destructor does something more. */
  WorkerLocal<Probe> local(String name, Act destructor) {
    return WorkerLocal.<Probe>builder(() -> make(name))
        .name(name)
        .destructor(probe -> destroy(probe, destructor))
        .build();
  }

  Probe make(String local) {
    String owner = platformName();
    int number = madeOn.merge(owner, 1, Integer::sum);
    boolean isLate = runtime.phase().atLeast(ShutdownPhase.DESTROYING);
    Probe probe = new Probe(this, local, number, owner, isLate);
    probes.add(probe);
    return probe;
  }

  private void destroy(Probe probe, Act also) {
    if (is(Sabotage.NEVER)) {
      return;
    }
    String here = is(Sabotage.ELSEWHERE) ? "another thread" : Thread.currentThread().getName();
    probe.destroy(here);
    if (is(Sabotage.TWICE)) {
      probe.destroy(here);
    }
    try {
      also.run();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw wrong("a destructor threw " + e);
    }
  }

  /** The name of the worker's thread that the current one is on. */
  private String platformName() {
    // A value is made by a task, pinned to its worker, or on the worker's own thread.
    Thread current = Thread.currentThread();
    if (!current.isVirtual()) {
      return current.getName();
    }
    String words = current.toString();
    return words.substring(words.lastIndexOf('@') + 1);
  }

  void destroyed(Probe probe, String thread) {
    if (holders > 0) {
      throw wrong(probe + " was destroyed while " + holders + " are alive");
    }
    if (!thread.equals(probe.owner)) {
      throw wrong(probe + " was destroyed on " + thread);
    }
    for (Probe other : probes) {
      boolean reversed =
          sabotage == Sabotage.ORDER
              ? other.number < probe.number
              : other.number > probe.number && !other.isLate;
      if (reversed && other.owner.equals(probe.owner) && !other.isDestroyed()) {
        throw wrong(probe + " was destroyed before " + other);
      }
    }
  }

  /** Returns the value that a reference means, or under sabotage another one. */
  Probe seen(Probe probe) {
    return is(Sabotage.SWAPPED) ? new Probe(this, probe.local, -1, "nobody", false) : probe;
  }

  /** Returns the value of a lease, or under sabotage one that others have as well. */
  Probe leased(Probe probe) {
    return sabotage == Sabotage.SWAPPED ? probes.getFirst() : probe;
  }

  int made() {
    return probes.size();
  }

  // ---- What is to be

  /** Returns what is to be thrown; it names what went wrong first, of which this may come. */
  AssertionError wrong(String words) {
    String first = wrong.isEmpty() ? "" : "; and before: " + wrong.getFirst();
    wrong.add(words);
    return new AssertionError(words + first);
  }

  void check(boolean condition, String words) {
    if (!condition) {
      throw wrong(words);
    }
  }

  /** Checks that something is refused with an exception of this type, which says why. */
  void refused(Class<? extends Throwable> type, Callable<?> what) {
    try {
      if (!is(Sabotage.PERMITTED)) {
        what.call();
      }
    } catch (Throwable e) {
      check(type.isInstance(e), "refused with " + e + ", and not with a " + type.getSimpleName());
      check(e.getMessage() != null && e.getMessage().length() > 30, "a bare message: " + e);
      return;
    }
    throw wrong("what is to be refused with a " + type.getSimpleName() + " was not refused");
  }

  /** A close that returns must have come to the end. */
  void closed(String who) {
    ShutdownPhase phase = is(Sabotage.HASTY) ? ShutdownPhase.DRAINING : runtime.phase();
    check(phase == ShutdownPhase.TERMINATED, who + " returned in phase " + phase);
    for (Probe each : probes) {
      check(each.isDestroyed(), who + " returned, and " + each + " was not destroyed");
    }
  }

  static void pause() {
    SimulatedRuntime.yieldPoint();
  }

  /** Closes, and looks at the books. */
  void end() {
    runtime.close();
    closed("the last close");
    check(unrun.isEmpty(), unrun + " has not run");
    check(wrong.isEmpty(), "meanwhile: " + wrong);
  }
}
