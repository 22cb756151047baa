// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.Armory;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.OwnedValues;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Work;
import io.netty.channel.EventLoop;
import io.netty.util.Version;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Event loops of Netty.
 *
 * <p>The values of a thread are in a {@code FastThreadLocal}, and are destroyed by its {@code
 * onRemoval}. Its javadoc says that this is not called at the end of just any thread; the javadoc
 * of {@code FastThreadLocalThread} says of which it is, and all threads here are of those. One
 * variable holds all values of a thread, since nothing says in which order variables are removed.
 *
 * <p>What waits is a promise with a listener, as in the javadoc of {@code ChannelFuture}, "Do not
 * call await() inside ChannelHandler". Blocking jobs have a {@code DefaultEventExecutorGroup}, as
 * in the javadoc of {@code ChannelPipeline} of Netty 4.1; since 4.2 handing them over is up to the
 * user. The end is that of "User guide for 4.x", "Shutting Down Your Application", and of the
 * javadoc of {@code EventExecutorGroup}.
 */
abstract class NettyAdapter implements RuntimeAdapter {

  /**
   * With a quiet period longer than the tasks of a round take, as the default of two seconds is. It
   * counts from the last task of a loop, which looks for more every 100 ms until it is over.
   */
  static final String QUIET = "shutdownGracefully(250, 15000, MILLISECONDS)";

  /** Without a quiet period: the tasks that are queued are run, and none is expected. */
  static final String AT_ONCE = "shutdownGracefully(0, 15000, MILLISECONDS)";

  /** By the end of a try-with-resources statement, which a loop as an ExecutorService can have. */
  static final String CLOSE = "close";

  private static final long QUIET_MILLIS = 250;
  private static final long TIMEOUT_MILLIS = 15_000;

  private static final FastThreadLocal<OwnedValues> VALUES =
      new FastThreadLocal<>() {
        @Override
        protected void onRemoval(OwnedValues values) {
          values.destroyAll();
        }
      };

  private final String name;

  NettyAdapter(String name) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String version() {
    Version known = Version.identify(Version.class.getClassLoader()).get("netty-transport");
    return known == null ? "unknown" : known.artifactVersion();
  }

  @Override
  public String arming() {
    return "FastThreadLocal.onRemoval";
  }

  @Override
  public List<String> ways() {
    return List.of(QUIET, AT_ONCE);
  }

  /** Some loops, and beside them the executors of blocking jobs. */
  abstract static class Loops implements AuditedRuntime {

    private final Armory armory;
    private final EventExecutorGroup blocking;

    Loops(Setup setup) {
      armory = setup.armory();
      blocking = new DefaultEventExecutorGroup(setup.threads());
    }

    /** Returns the loop for the next task. */
    abstract EventLoop next();

    /** Returns the loops, each by itself or in a group. */
    abstract List<? extends EventExecutorGroup> loops();

    /** Waits for threads that Netty does not wait for; says whether they have ended by then. */
    boolean join(long deadline) throws InterruptedException {
      return true;
    }

    @Override
    public Reference reference(int slot) {
      OwnedValues mine = VALUES.getIfExists();
      if (mine == null) {
        mine = new OwnedValues(armory);
        VALUES.set(mine);
      }
      return mine.reference(slot);
    }

    @Override
    public Receipt submit(Work work) {
      EventLoop loop = next();
      Promise<Void> done = loop.newPromise();
      loop.execute(() -> begin(work, loop, done));
      return Receipt.of(done);
    }

    private static void begin(Work work, EventLoop loop, Promise<Void> done) {
      if (work.begin()) {
        Promise<Void> woken = loop.newPromise();
        woken.addListener(future -> finish(work, done));
        work.onWake(() -> woken.setSuccess(null));
      } else {
        finish(work, done);
      }
    }

    private static void finish(Work work, Promise<Void> done) {
      work.resume();
      done.setSuccess(null);
    }

    @Override
    public Receipt submitBlocking(Work work) {
      return Receipt.of(blocking.submit(work));
    }

    @Override
    public Receipt schedule(Work work, Duration delay) {
      EventLoop loop = next();
      Promise<Void> done = loop.newPromise();
      ScheduledFuture<?> timer =
          loop.schedule(() -> begin(work, loop, done), delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> timer.isCancelled() || done.isDone();
    }

    /** A thread of the runtime does not wait for its own end; {@link #CLOSE} would. */
    @Override
    public Ending shutDown(String way, Duration limit) throws InterruptedException {
      long deadline = System.nanoTime() + limit.toNanos();
      List<EventExecutorGroup> all = all();
      if (way.equals(CLOSE)) {
        // As if the loops had been the first of two resources.
        all.reversed().forEach(EventExecutorGroup::close);
        return Ending.COMPLETE;
      }
      long quietMillis =
          switch (way) {
            case QUIET -> QUIET_MILLIS;
            case AT_ONCE -> 0;
            default -> throw new IllegalArgumentException("there is no way '" + way + "'");
          };
      List<Future<?>> ends = new ArrayList<>();
      for (EventExecutorGroup group : all) {
        ends.add(group.shutdownGracefully(quietMillis, TIMEOUT_MILLIS, TimeUnit.MILLISECONDS));
      }
      if (isInside(all)) {
        return Ending.UNTOLD;
      }
      for (Future<?> end : ends) {
        if (!end.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          return Ending.TIMED_OUT;
        }
      }
      return join(deadline) ? Ending.COMPLETE : Ending.TIMED_OUT;
    }

    private List<EventExecutorGroup> all() {
      List<EventExecutorGroup> all = new ArrayList<>(loops());
      all.add(blocking);
      return all;
    }

    private static boolean isInside(List<EventExecutorGroup> all) {
      for (EventExecutorGroup group : all) {
        for (EventExecutor executor : group) {
          if (executor.inEventLoop()) {
            return true;
          }
        }
      }
      return false;
    }

    @Override
    public void abandon() {
      for (EventExecutorGroup group : all()) {
        Future<?> _ = group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      }
    }
  }
}
