// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedExecutor;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.ThreadValues;
import java.util.concurrent.Executors;

/**
 * The JDK's executor that has a virtual thread for each task.
 *
 * <p>The javadoc of {@code Executors.newThreadPerTaskExecutor} has a factory make the threads. A
 * thread ends with its task, and so do its values.
 */
final class VirtualThreadsAdapter extends JdkAdapter {

  VirtualThreadsAdapter() {
    super("virtual-thread-per-task");
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    ThreadValues values = new ThreadValues(setup.armory());
    return new AuditedExecutor(
        Executors.newThreadPerTaskExecutor(
            values.wrap(Thread.ofVirtual().name("virtual-", 0).factory())),
        values::reference);
  }
}
