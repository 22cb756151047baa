// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.shutdown.ShutdownPhase;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * An executor whose tasks are virtual threads on workers of its own, and whose workers own values.
 *
 * <p>Each worker is one platform thread for the runtime's whole life. The values that {@link
 * dev.holdfast.local.WorkerLocal} makes on it are destroyed exactly once, on it, last made first,
 * after every task, blocking job, lease and guard of the runtime has ended.
 *
 * <p>As an {@link ExecutorService} it behaves as the JDK specifies: each submitted body runs as a
 * task of its own and none is queued, so that {@link #shutdownNow} returns only blocking jobs that
 * had not begun. The methods that wait for the runtime's end ({@link #close}, {@link #shutdown(
 * Duration, Duration)}, {@link #awaitTermination}) throw {@link BlockingEntryException} when called
 * from a task, job or worker of the same runtime; {@link #shutdown()} may be called from anywhere.
 *
 * <p>Virtual threads that code inside a task starts by itself run on the same workers and are
 * counted like tasks.
 *
 * <p>All methods may be called from any thread unless they say otherwise.
 */
public sealed interface WorkerRuntime extends ExecutorService permits TieredRuntime {

  /**
   * Starts a runtime with the defaults of {@link #builder}.
   *
   * @return the running runtime
   * @throws TierUnavailableException if no tier is available; the message names the missing flag
   */
  static WorkerRuntime start() {
    return builder().start();
  }

  /**
   * Returns a new builder.
   *
   * @return the builder
   */
  static Builder builder() {
    return new RuntimeBuilder();
  }

  /**
   * Starts a task: a new virtual thread on the workers. Never blocks.
   *
   * @param <T> the type of the result
   * @param body what the task runs
   * @return the task
   * @throws RuntimeClosedException if the runtime takes no more work from the calling thread
   */
  <T extends @Nullable Object> Task<T> spawn(Callable<? extends T> body);

  /**
   * Starts a task with a name, which is also its thread's name. Never blocks.
   *
   * @param <T> the type of the result
   * @param name the name, not empty
   * @param body what the task runs
   * @return the task
   * @throws RuntimeClosedException if the runtime takes no more work from the calling thread
   */
  <T extends @Nullable Object> Task<T> spawn(String name, Callable<? extends T> body);

  /**
   * Hands a job to the blocking pool: elastic platform threads, up to {@link
   * Builder#blockingThreads}; past that bound jobs wait in order. The runtime counts the job from
   * this call on. Never blocks.
   *
   * @param <T> the type of the result
   * @param job what to run
   * @return the task that stands for the job
   * @throws RuntimeClosedException if the runtime takes no more work from the calling thread
   */
  <T extends @Nullable Object> Task<T> spawnBlocking(Callable<? extends T> job);

  /**
   * Runs a body as a task and waits for its result: the way in from a thread outside.
   *
   * @param <T> the type of the result
   * @param body what to run
   * @return the result of the body
   * @throws Exception what the body threw, as it is
   * @throws InterruptedException if the calling thread was interrupted while waiting; the task is
   *     then cancelled with an interrupt
   * @throws BlockingEntryException if called from a task or worker of this runtime
   * @throws RuntimeClosedException if the runtime takes no more work
   */
  <T extends @Nullable Object> T run(Callable<? extends T> body) throws Exception;

  /**
   * Returns a factory of unstarted virtual threads that run on the workers; each is counted as a
   * task from its start on, which throws {@link RuntimeClosedException} when the runtime takes no
   * more work. For {@link java.util.concurrent.StructuredTaskScope}, {@link
   * java.util.concurrent.Executors#newThreadPerTaskExecutor} and their like.
   *
   * @return the factory
   */
  ThreadFactory threadFactory();

  /**
   * Returns the tier this runtime runs in.
   *
   * @return the tier
   */
  Tier tier();

  /**
   * Returns the number of workers, spare workers not counted.
   *
   * @return the configured number, which is the number that was started
   */
  int workers();

  /**
   * Returns the name of this runtime, with which the names of its threads begin.
   *
   * @return the name
   */
  String name();

  /**
   * Returns the phase this runtime is in.
   *
   * @return the phase
   */
  ShutdownPhase phase();

  /**
   * Shuts down in order and waits: at most {@code drain} for tasks and jobs to end by themselves,
   * then at most {@code cancel} for them to end after having been interrupted, then for the
   * destructors up to {@link Builder#destructorDeadline}. Returns when everything is destroyed and
   * joined, or at the deadline; what is still held is then in the report, and is destroyed in the
   * same order when its last holder ends.
   *
   * <p>May be called again, and by many threads at once: each waits for the same shutdown, which
   * cancels at the earliest of their drain deadlines. An interrupt makes the shutdown go on to
   * {@link ShutdownPhase#CANCELLING} at once, and stays set.
   *
   * @param drain how long to wait before cancelling; not negative
   * @param cancel how long to wait after cancelling; not negative
   * @return what was reached and who still holds what
   * @throws BlockingEntryException if called from a task, job or worker of this runtime
   */
  ShutdownReport shutdown(Duration drain, Duration cancel);

  /**
   * Begins a shutdown and returns at once: work from outside is rejected from now on, and the
   * runtime goes through its phases as its holders end.
   */
  @Override
  void shutdown();

  /**
   * Shuts down in order and waits like any executor: without bound, unless {@link
   * Builder#drainDeadline} and {@link Builder#cancelDeadline} set one. If the deadline is missed,
   * the report is logged as a warning. An interrupt cancels the tasks and stays set.
   *
   * @throws BlockingEntryException if called from a task, job or worker of this runtime
   */
  @Override
  void close();

  /**
   * Configures and starts a runtime. Each property may be set once; a second setting throws {@link
   * IllegalStateException} that names both values. Not thread-safe; {@link #start} may be called
   * any number of times, each starts another runtime.
   */
  sealed interface Builder permits RuntimeBuilder {

    /**
     * Sets the number of workers. Default: the available processors.
     *
     * @param workers 1 to 1,024
     * @return this builder
     * @throws IllegalArgumentException if out of range
     */
    Builder workers(int workers);

    /**
     * Sets the name with which the names of the runtime's threads begin. Default: {@code
     * holdfast-<number>}.
     *
     * @param name not blank
     * @return this builder
     */
    Builder name(String name);

    /**
     * Demands a tier. Default: the best one that is available.
     *
     * @param tier the tier; {@link #start} throws if it is not available
     * @return this builder
     */
    Builder tier(Tier tier);

    /**
     * Sets the factory of the platform threads of workers and blocking jobs. It must return a new,
     * unstarted platform thread that runs the given body. Default: daemon threads.
     *
     * @param factory the factory
     * @return this builder
     */
    Builder threadFactory(ThreadFactory factory);

    /**
     * Sets the most platform threads the blocking pool has at once. Default: 512.
     *
     * @param threads 1 to 32,767
     * @return this builder
     */
    Builder blockingThreads(int threads);

    /**
     * Sets how long an idle thread of the blocking pool waits for a job before it ends. Default: 10
     * seconds.
     *
     * @param keepAlive positive
     * @return this builder
     */
    Builder blockingKeepAlive(Duration keepAlive);

    /**
     * Sets the most spare workers, which stand in for workers whose platform thread is blocked. A
     * spare worker has values of its own, kept like all others until the barrier. Default: 64.
     *
     * @param spares 0 to 1,024
     * @return this builder
     */
    Builder spareWorkers(int spares);

    /**
     * Adds the listener. Default: none.
     *
     * @param listener the listener
     * @return this builder
     */
    Builder listener(RuntimeListener listener);

    /**
     * Sets the handler of what nobody waits for: what bodies of {@link WorkerRuntime#execute} and
     * of {@link WorkerRuntime#threadFactory}, and listeners, throw. Default: the handler of the
     * thread, as with any thread.
     *
     * @param handler the handler; what it throws is logged
     * @return this builder
     */
    Builder uncaughtExceptionHandler(Thread.UncaughtExceptionHandler handler);

    /**
     * Sets how long {@link WorkerRuntime#close} lets tasks end by themselves before it interrupts
     * them. Default: without bound.
     *
     * @param drain not negative
     * @return this builder
     */
    Builder drainDeadline(Duration drain);

    /**
     * Sets how long {@link WorkerRuntime#close} waits for interrupted tasks to end before it
     * returns without them. Default: without bound.
     *
     * @param cancel not negative
     * @return this builder
     */
    Builder cancelDeadline(Duration cancel);

    /**
     * Sets how long a closing thread waits for the destructors, all together. Default: 10 seconds.
     *
     * @param deadline not negative
     * @return this builder
     */
    Builder destructorDeadline(Duration deadline);

    /**
     * Sets how long the exit of the JVM may wait for the tasks of a runtime that is still open:
     * half of it for them to end, half after interrupting them. If they end, it waits for the
     * destructors at most as long again. Default: 2 seconds.
     *
     * @param deadline not negative; zero for no wait: values held by live tasks are then left alone
     * @return this builder
     */
    Builder exitDeadline(Duration deadline);

    /**
     * Sets how often the place of taking a lease or guard is recorded. Default: {@link
     * PlaceTracking#SAMPLED}.
     *
     * @param tracking how often
     * @return this builder
     */
    Builder placeTracking(PlaceTracking tracking);

    /**
     * Starts a runtime.
     *
     * @return the running runtime: all its workers have been started
     * @throws TierUnavailableException if the tier is not available; the message names the flag
     *     that is missing
     * @throws IllegalStateException if the thread factory returned no usable thread; workers
     *     already started have then been stopped, and have ended
     * @throws OutOfMemoryError if the operating system has no thread for a worker or for the
     *     monitor of the runtime, with the same consequence
     */
    WorkerRuntime start();
  }
}
