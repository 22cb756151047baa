// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Tells the auditor how the users of a runtime start it, put values on its threads, run tasks on it
 * and end it.
 *
 * <p>An adapter is fair if it does each of these as the documentation of that runtime says. It is
 * used by one thread at a time.
 */
public interface RuntimeAdapter {

  /**
   * Returns the name by which the runtime is chosen and listed.
   *
   * @return lower-case words joined by hyphens
   */
  String name();

  /**
   * Returns the version of the runtime.
   *
   * @return the version
   */
  String version();

  /**
   * Returns by what the threads of the runtime end their values, in a few words.
   *
   * @return such as "thread factory"
   */
  String arming();

  /**
   * Returns the ways in which the runtime can be ended, as its users write them.
   *
   * @return the ways, at least one; the first is the usual one
   */
  List<String> ways();

  /**
   * Returns the scenarios that make no sense for this runtime, each with the reason.
   *
   * @return the scenarios; by default only {@link Scenario#FOREIGN_HOLDER}
   */
  default Map<Scenario, String> leftOut() {
    return Map.of(Scenario.FOREIGN_HOLDER, "it has no way to hold a value from outside");
  }

  /**
   * Returns the options that a JVM must be started with for this runtime.
   *
   * @return the options, none by default
   */
  default List<String> jvmOptions() {
    return List.of();
  }

  /**
   * Says whether the runtime can be ended only once in a JVM.
   *
   * @return true if each round needs a JVM of its own; false by default
   */
  default boolean oncePerJvm() {
    return false;
  }

  /**
   * Returns how another JVM makes this adapter: the name of a class with a constructor without
   * parameters, or {@code class#method} for a static method without parameters that returns it.
   *
   * @return the recipe; by default this class, if it can be made so
   */
  default Optional<String> recipe() {
    return Recipe.of(getClass());
  }

  /**
   * Starts a runtime.
   *
   * @param setup with what
   * @return the running runtime
   * @throws Exception if it cannot be started
   */
  AuditedRuntime start(Setup setup) throws Exception;

  /**
   * Returns an adapter of an executor whose threads come from a factory. The values of a thread are
   * destroyed by the factory's wrapper, as the thread's last act. The executor is ended by {@code
   * shutdown}, {@code shutdownNow} and {@code close}.
   *
   * @param name the name by which it is listed
   * @param executor makes the executor, with the given factory of threads
   * @return the adapter
   */
  static RuntimeAdapter of(
      String name, Function<? super ThreadFactory, ? extends ExecutorService> executor) {
    return ExecutorAdapter.withFactory(name, executor);
  }

  /**
   * Returns an adapter of an executor that makes its threads by itself. The values of a thread are
   * destroyed as the thread ends, by {@link dev.holdfast.local.ThreadExitLocal}, for which the JVM
   * must open {@code java.lang}.
   *
   * @param name the name by which it is listed
   * @param executor makes the executor
   * @return the adapter
   */
  static RuntimeAdapter of(String name, Supplier<? extends ExecutorService> executor) {
    return ExecutorAdapter.withItsOwnThreads(name, executor);
  }
}
