// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The program of the JVM that exits in the midst of a stage. */
final class ExitProgram {

  private static final long FIRST_WAKE_NANOS = 3_000_000;

  private ExitProgram() {}

  /**
   * Starts a runtime, has it work, and exits.
   *
   * @param arguments the recipe of the adapter, the way to end it, the seed, the patience in
   *     milliseconds, and the file for the log
   */
  static void main(String[] arguments) throws Exception {
    RuntimeAdapter adapter =
        Recipe.make(arguments[0], Thread.currentThread().getContextClassLoader());
    String way = arguments[1];
    long seed = Long.parseLong(arguments[2]);
    Duration patience = Duration.ofMillis(Long.parseLong(arguments[3]));
    ExitLog.Recorder log = new ExitLog.Recorder(Path.of(arguments[4]));
    Stage stage =
        new Stage(adapter, Scenario.JVM_EXIT, way, seed, new Limits(patience, patience), log);
    stage.start();
    Scenes.play(Scenario.JVM_EXIT, stage);
    if (!stage.runtime().endsWithTheJvm()) {
      Thread hook = new Thread(stage.closing(way, patience), "hook of the program");
      Runtime.getRuntime().addShutdownHook(hook);
    }
    Thread.ofPlatform()
        .daemon()
        .name("waker")
        .start(() -> {
          LockSupport.parkNanos(FIRST_WAKE_NANOS);
          stage.release();
        });
    log.exits();
    System.exit(0);
  }
}
