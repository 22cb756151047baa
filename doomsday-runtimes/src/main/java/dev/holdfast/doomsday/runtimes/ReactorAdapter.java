// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.ThreadValues;
import dev.holdfast.doomsday.Work;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.jar.Manifest;
import reactor.core.Exceptions;
import reactor.core.scheduler.Scheduler;

/**
 * A scheduler of Project Reactor.
 *
 * <p>The javadoc of {@code Scheduler} says how tasks and timers are set, that a disposed one
 * rejects tasks, and that {@code disposeGracefully} "completes without an error" if it succeeded,
 * is to be given a timeout, and may be subscribed to again after one. The javadoc of {@code
 * Disposable} says what {@code isDisposed} promises of a task. The javadoc of {@code Schedulers}
 * has threads come from a factory.
 */
abstract class ReactorAdapter implements RuntimeAdapter {

  /** To end it by {@code dispose}, which does not wait. */
  static final String DISPOSE = "dispose";

  /** To end it by {@code disposeGracefully}, with a timeout, and block until that completes. */
  static final String DISPOSE_GRACEFULLY = "disposeGracefully";

  private final String name;

  ReactorAdapter(String name) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  /** Reads the manifest of the jar, which has the version for OSGi only. */
  @Override
  public String version() {
    String path = Scheduler.class.getName().replace('.', '/') + ".class";
    URL place = Scheduler.class.getClassLoader().getResource(path);
    try {
      if (place != null && place.openConnection() instanceof JarURLConnection jar) {
        Manifest manifest = jar.getManifest();
        String version =
            manifest == null ? null : manifest.getMainAttributes().getValue("Bundle-Version");
        return version == null ? "unknown" : version.replace(".RELEASE", "");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "unknown";
  }

  @Override
  public String arming() {
    return "thread factory";
  }

  @Override
  public List<String> ways() {
    return List.of(DISPOSE, DISPOSE_GRACEFULLY);
  }

  /** A running scheduler; how it runs a task is left to its kind. */
  abstract static class Running implements AuditedRuntime {

    private final Scheduler scheduler;
    private final ThreadValues values;

    Running(Scheduler scheduler, ThreadValues values) {
      this.scheduler = scheduler;
      this.values = values;
    }

    final Scheduler scheduler() {
      return scheduler;
    }

    /** Schedules a task, after no time or some. */
    abstract Receipt schedule(Work work, long delayNanos);

    @Override
    public Reference reference(int slot) {
      return values.reference(slot);
    }

    @Override
    public Receipt submit(Work work) {
      return schedule(work, 0);
    }

    @Override
    public Receipt schedule(Work work, Duration delay) {
      return schedule(work, delay.toNanos());
    }

    @Override
    public Ending shutDown(String way, Duration limit) {
      if (way.equals(DISPOSE)) {
        scheduler.dispose();
        return Ending.UNTOLD;
      }
      if (!way.equals(DISPOSE_GRACEFULLY)) {
        throw new IllegalArgumentException("there is no way '" + way + "'");
      }
      try {
        scheduler.disposeGracefully().timeout(limit).block();
        return Ending.COMPLETE;
      } catch (RuntimeException e) {
        if (Exceptions.unwrap(e) instanceof TimeoutException) {
          return Ending.TIMED_OUT;
        }
        throw e;
      }
    }

    @Override
    public void abandon() {
      scheduler.dispose();
    }
  }
}
