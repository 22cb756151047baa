// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples;

import dev.holdfast.examples.host.PluginHost;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.ServiceLoader;

/** {@code holdfast example}: lists the examples, and runs one of them by its name. */
public final class Examples {

  /** The program of an example. */
  public interface Program {
    /** Runs it. */
    void run(String[] args) throws Exception;
  }

  /**
   * An example.
   *
   * @param name its name on the command line, and what may follow it
   * @param shows what it shows, in a few words
   * @param program its program
   */
  public record Example(String name, String shows, Program program) {}

  /** Examples of another module; a service. */
  public interface More {
    /** Returns them, the simplest first. */
    List<Example> examples();
  }

  /** The exit code of a line that names no example. */
  static final int MISUSE = 2;

  private Examples() {}

  /** Returns all of them, those of other modules last. */
  static List<Example> all() {
    List<Example> all = new ArrayList<>(own());
    ServiceLoader.load(More.class).forEach(more -> all.addAll(more.examples()));
    return all;
  }

  /** Returns those of this module, the simplest first. */
  private static List<Example> own() {
    return List.of(
        new Example("first-program", "a thousand tasks share a few digests", FirstProgram::main),
        new Example(
            "counter-per-worker", "counting without an atomic or a lock", CounterPerWorker::main),
        new Example(
            "callback-with-guard",
            "a value that outlives its task, for a callback, and a close that waits for it",
            CallbackWithGuard::main),
        new Example("web-server", "the JDK's web server, a task for each request", WebServer::main),
        new Example(
            "json-service",
            "documents parsed and printed by 10,000 tasks with the buffers of their workers",
            JsonService::main),
        new Example(
            "plugin-host [RELOADS]",
            "a plugin that is reloaded while requests run, and its class loader unloaded",
            PluginHost::main));
  }

  /**
   * Runs an example, or lists all of them; ends the JVM with 2 if the first argument names none.
   *
   * @param args the name of an example and what it is given; none, or {@code --help}, for the list
   * @throws Exception what the example throws
   */
  public static void main(String[] args) throws Exception {
    int code = run(args, System.out, System.err);
    if (code != 0) {
      System.exit(code);
    }
  }

  /** Does what {@code main} does; returns the exit code. */
  static int run(String[] args, PrintStream out, PrintStream err) throws Exception {
    if (args.length == 0 || args[0].equals("--help") || args[0].equals("-h")) {
      list(out);
      return 0;
    }
    for (Example each : all()) {
      if (word(each).equals(args[0])) {
        each.program().run(Arrays.copyOfRange(args, 1, args.length));
        return 0;
      }
    }
    err.println(
        "holdfast example: there is no example \""
            + args[0]
            + "\"; there are "
            + String.join(", ", all().stream().map(Examples::word).toList()));
    return MISUSE;
  }

  private static void list(PrintStream out) {
    out.println("Usage: holdfast example NAME [ARGUMENTS]");
    out.println();
    for (Example each : all()) {
      out.printf("  %-22s  %s%n", each.name(), each.shows());
    }
  }

  /** The name without what may follow it. */
  private static String word(Example example) {
    int end = example.name().indexOf(' ');
    return end < 0 ? example.name() : example.name().substring(0, end);
  }
}
