// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults;

import dev.holdfast.faults.books.Check;
import dev.holdfast.faults.books.Check.Extent;
import dev.holdfast.faults.books.Row;
import dev.holdfast.faults.check.CallbackFaults;
import dev.holdfast.faults.check.ChildJvm;
import dev.holdfast.faults.interrupts.InterruptFaults;
import dev.holdfast.faults.machine.CrowdFaults;
import dev.holdfast.faults.machine.LimitFaults;
import dev.holdfast.faults.machine.NativeFaults;
import dev.holdfast.faults.machine.StackFaults;
import dev.holdfast.faults.machine.StartFaults;
import dev.holdfast.faults.machine.StopFaults;
import dev.holdfast.faults.machine.StormFaults;
import dev.holdfast.faults.soak.SoakCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs the checks, each in a JVM of its own, and prints one line of JSON for each.
 *
 * <p>Exits with 0 if all was well, with 1 if something was found or a canary was missed, with 2 if
 * it was called wrongly.
 */
public final class Main {

  private static final String USAGE =
      """
      usage: Main [--long] [--json] [--list] [--out DIR] [NAME...]
        --long      what takes minutes, and half an hour for the soak
        --json      a line of JSON for each check, which is what is printed in any case
        --list      prints the names of the checks and runs none
        --out DIR   where the soak writes soak.svg and soak.json
        NAME        a check; all of them if none is named\
      """;

  /** How the JVM of one check is told that it is that. */
  private static final String HERE = "--here";

  private static final String ROW = "{\"checker\":";
  private static final String GOOD = "\"good\":true}";
  private static final int LAST_LINES = 8;

  private Main() {}

  /** The checks that there are. */
  static List<Check> checks() {
    Stream<Check> all =
        Stream.of(
            new CallbackFaults(),
            new InterruptFaults(),
            new StopFaults(),
            new NativeFaults(),
            new StormFaults(),
            new CrowdFaults(),
            new StartFaults(),
            new LimitFaults(),
            new StackFaults(),
            new SoakCheck());
    return all.filter(each -> !(each instanceof LimitFaults) || LimitFaults.isPossible()).toList();
  }

  /** The program. */
  public static void main(String[] arguments) throws Exception {
    List<String> rest = new ArrayList<>(Arrays.asList(arguments));
    boolean here = rest.remove(HERE);
    int exit = run(rest, here);
    // What is wrong on purpose, or hangs, must not keep the JVM of a check.
    Runtime.getRuntime().halt(exit);
  }

  /** Runs it, and returns its exit code. */
  @SuppressWarnings("SystemOut") // a program's own output
  static int run(List<String> arguments, boolean here) throws Exception {
    List<String> rest = new ArrayList<>(arguments);
    boolean isLong = rest.remove("--long");
    rest.remove("--json");
    boolean list = rest.remove("--list");
    Path out = null;
    int at = rest.indexOf("--out");
    if (at >= 0 && at + 1 < rest.size()) {
      out = Path.of(rest.remove(at + 1));
      rest.remove(at);
    }
    List<Check> chosen = new ArrayList<>();
    for (String name : rest) {
      Check check = named(name);
      if (check == null) {
        String names = String.join(", ", checks().stream().map(Check::name).toList());
        System.err.println("there is no check '" + name + "', only " + names + "\n" + USAGE);
        return 2;
      }
      chosen.add(check);
    }
    if (list) {
      checks().forEach(each -> System.out.println(each.name()));
      return 0;
    }
    Extent extent = new Extent(isLong, out);
    boolean good = true;
    for (Check check : chosen.isEmpty() ? checks() : chosen) {
      if (here) {
        Row row = check.run(extent);
        System.out.println(row.json());
        good &= row.passed();
      } else {
        String row = inChild(check, extent);
        System.out.println(row);
        good &= row.endsWith(GOOD);
      }
    }
    return good ? 0 : 1;
  }

  private static @Nullable Check named(String name) {
    return checks().stream().filter(each -> each.name().equals(name)).findAny().orElse(null);
  }

  /** Runs a check in a JVM of its own; returns its row, or one that says what became of it. */
  static String inChild(Check check, Extent extent) throws IOException, InterruptedException {
    long began = System.nanoTime();
    List<String> arguments = new ArrayList<>(List.of(HERE, check.name()));
    if (extent.isLong()) {
      arguments.add("--long");
    }
    Path out = extent.out();
    if (out != null) {
      arguments.addAll(List.of("--out", out.toString()));
    }
    ChildJvm child = ChildJvm.start(check.flags(), Main.class, arguments.toArray(String[]::new));
    int exit = child.await(check.atMost(extent));
    List<String> lines = child.output().lines().toList();
    String row = lines.stream().filter(each -> each.startsWith(ROW)).findAny().orElse(null);
    if (row != null) {
      return row;
    }
    Stream<String> last = lines.stream().skip(Math.max(0, lines.size() - LAST_LINES));
    String how =
        exit == ChildJvm.TIMED_OUT
            ? "has not ended after " + check.atMost(extent).toSeconds() + " s"
            : "exits with " + exit + " and tells nothing";
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    String finding = "its JVM " + how + "; last lines: " + String.join(" | ", last.toList());
    return Row.broken(check.name(), finding, took).json();
  }
}
