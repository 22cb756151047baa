// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.holdfast.doomsday.Doomsday;
import dev.holdfast.doomsday.Recipe;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;

/** The program of a JVM in which one runtime is audited; says how far it is on its output. */
final class AuditProgram {

  /** The exit code of a JVM whose parent has ended before it. */
  private static final int ORPHANED = 3;

  private AuditProgram() {}

  /**
   * Plays scenarios.
   *
   * @param arguments the recipe of the adapter, how many rounds, the first seed, the patience and
   *     the grace in milliseconds, and the scenarios
   */
  public static void main(String[] arguments) throws Exception {
    endWithTheParent();
    PrintStream parent = System.out;
    // What the audited runtime prints is not for the parent.
    System.setOut(System.err);
    RuntimeAdapter adapter =
        Recipe.make(arguments[0], Thread.currentThread().getContextClassLoader());
    Doomsday audit =
        Doomsday.of(adapter)
            .rounds(Integer.parseInt(arguments[1]))
            .seed(Long.parseLong(arguments[2]))
            .limits(
                Duration.ofMillis(Long.parseLong(arguments[3])),
                Duration.ofMillis(Long.parseLong(arguments[4])))
            .budget(Duration.ofMillis(Long.parseLong(arguments[5])))
            .watch(scenario -> say(parent, Message.ROUND));
    for (String name : Arrays.asList(arguments).subList(6, arguments.length)) {
      Scenario scenario = Scenario.valueOf(name);
      say(parent, new Message(scenario, null));
      say(parent, new Message(null, audit.run(scenario)));
    }
    // Threads that hang, and hooks of runtimes that are not ours to end, are left behind.
    Runtime.getRuntime().halt(0);
  }

  /** The input ends when the parent does, also if it is killed: nobody is left to listen. */
  private static void endWithTheParent() {
    InputStream parent = System.in;
    Thread.ofPlatform()
        .daemon()
        .name("end of the parent")
        .start(() -> {
          try {
            while (parent.read() >= 0) {
              // It says nothing.
            }
          } catch (IOException e) {
            // As good as its end.
          }
          Runtime.getRuntime().halt(ORPHANED);
        });
  }

  private static void say(PrintStream parent, Message message) {
    try {
      parent.println(message.line());
      parent.flush();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
