// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.util.function.Supplier;
import java.util.stream.Stream;
import jdk.internal.vm.ThreadContainer;
import jdk.internal.vm.ThreadContainers;

/**
 * What the JDK asks for the threads of one runtime, for a thread dump.
 *
 * <p>A virtual thread that is started without a container is put by the JDK into one map of the
 * whole VM, and taken out at its end. The runtime knows its tasks already; with this container they
 * are in no map, and are still in the dump, under the runtime's name.
 *
 * <p>Loaded only once {@code jdk.internal.vm} was opened to this library.
 */
final class TaskContainer extends ThreadContainer {

  private final String name;
  private final Supplier<Stream<Thread>> threads;

  private TaskContainer(String name, Supplier<Stream<Thread>> threads) {
    super(true);
    this.name = name;
    this.threads = threads;
  }

  /** Makes a container that thread dumps show as long as it is reachable. */
  static TaskContainer shown(String name, Supplier<Stream<Thread>> threads) {
    TaskContainer container = new TaskContainer(name, threads);
    ThreadContainers.registerContainer(container);
    return container;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Stream<Thread> threads() {
    return threads.get();
  }
}
