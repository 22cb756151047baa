// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.litmus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openjdk.jcstress.infra.collectors.DiskReadCollector;
import org.openjdk.jcstress.infra.collectors.InProcessCollector;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * Runs the litmus tests by jcstress, in a process of its own, and prints a row for each litmus.
 *
 * <p>Arguments: {@code --long} for all modes of the compiler and all tests, {@code --json} for a
 * JSON object per line instead of text, {@code --dir DIR} for what jcstress writes, and a regular
 * expression that chooses tests by their names. Exits with 1 if there is a finding or a canary was
 * not caught, 2 if nothing could be run.
 */
public final class Main {

  private static final String FORK_JVM =
      "--add-opens=java.base/java.lang=ALL-UNNAMED --enable-native-access=ALL-UNNAMED";

  /** How often tests that saw no race run for longer. */
  private static final int LONGER_ROUNDS = 3;

  // Of the short form, by round.
  private static final String[] ITERATIONS = {"3", "10", "10", "20"};
  private static final String[] MILLIS = {"100", "200", "500", "1000"};

  private Main() {}

  /** Runs the tests. */
  public static void main(String[] args) throws Exception {
    List<String> rest = new ArrayList<>(Arrays.asList(args));
    boolean isLong = rest.remove("--long");
    boolean json = rest.remove("--json");
    Path dir = Path.of("target", "litmus");
    int at = rest.indexOf("--dir");
    if (at >= 0 && at + 1 < rest.size()) {
      dir = Path.of(rest.remove(at + 1));
      rest.remove(at);
    }
    if (rest.size() > 1 || rest.stream().anyMatch(each -> each.startsWith("-"))) {
      System.err.println(
          "litmus: cannot read " + rest + "; usage: [--long] [--json] [--dir DIR] [REGEX]");
      System.exit(2);
    }
    Pattern chosen = Pattern.compile(rest.isEmpty() ? "" : rest.getFirst());
    List<String> tests =
        TestList.tests().stream()
            .filter(test -> chosen.matcher(test).find() && (isLong || !isLongOnly(test)))
            .sorted()
            .toList();
    if (tests.isEmpty()) {
      System.err.println("litmus: no test matches " + chosen + " of " + TestList.tests());
      System.exit(2);
    }
    List<TestResult> results = run(tests, isLong, dir);
    List<Row> rows = Judge.judge(tests, results);
    boolean good = true;
    for (Row row : rows) {
      good &= row.isGood();
      System.out.println(json ? row.json() : row.text());
      if (!json) {
        row.findings().forEach(finding -> System.out.println("  " + finding));
      }
    }
    if (!good) {
      System.err.println("litmus: see above; what jcstress said is in " + dir.toAbsolutePath());
    }
    System.exit(good ? 0 : 1);
  }

  /** Says whether a test is marked; its name is that of a nested class, with dots. */
  private static boolean isLongOnly(String test) {
    String binary = TestList.getInfo(test).binaryName();
    try {
      return Class.forName(binary, false, Main.class.getClassLoader())
          .isAnnotationPresent(LongOnly.class);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("jcstress lists " + binary + ", which is not there", e);
    }
  }

  /**
   * Runs the tests, and those for longer that saw no race: on a busy machine two actors seldom have
   * a processor at the same time.
   */
  private static List<TestResult> run(List<String> tests, boolean isLong, Path dir)
      throws IOException, InterruptedException, ClassNotFoundException {
    Files.createDirectories(dir);
    Files.deleteIfExists(log(dir));
    List<TestResult> results = new ArrayList<>(run(tests, isLong, 0, dir));
    for (int round = 1; round <= LONGER_ROUNDS; round++) {
      List<String> undecided = Judge.undecided(tests, results);
      if (undecided.isEmpty()) {
        break;
      }
      System.err.println("litmus: no race seen yet, running for longer: " + undecided);
      results.addAll(run(undecided, isLong, round, dir));
    }
    return results;
  }

  private static Collection<TestResult> run(List<String> tests, boolean isLong, int round, Path dir)
      throws IOException, InterruptedException, ClassNotFoundException {
    deleteBlobs(dir);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    command.add("-cp");
    command.add(absolute(System.getProperty("java.class.path")));
    command.add("org.openjdk.jcstress.Main");
    command.addAll(List.of("-m", "quick", "-r", "report", "-hs", "256"));
    if (isLong) {
      command.addAll(List.of("-jvmArgsPrepend", FORK_JVM));
    } else {
      // One mode of the compiler, in which most is compiled soon.
      command.addAll(List.of("-sc", "false", "-f", "1", "-fsm", "1"));
      command.addAll(List.of("-iters", ITERATIONS[round], "-time", MILLIS[round]));
      command.addAll(List.of("-jvmArgs", FORK_JVM));
    }
    StringBuilder names = new StringBuilder("^(");
    for (String test : tests) {
      names.append(names.length() == 2 ? "" : "|").append(Pattern.quote(test));
    }
    command.add("-t");
    command.add(names.append(")$").toString());
    Process process =
        new ProcessBuilder(command)
            .directory(dir.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log(dir).toFile()))
            .start();
    Thread hook = new Thread(() -> end(process));
    Runtime.getRuntime().addShutdownHook(hook);
    if (!process.waitFor(isLong ? 480 : 15, TimeUnit.MINUTES)) {
      end(process);
      throw new IllegalStateException(
          "jcstress has not ended in time: is there a wake-up that was lost? See " + log(dir));
    }
    Runtime.getRuntime().removeShutdownHook(hook);
    InProcessCollector collector = new InProcessCollector();
    List<Path> blobs = blobs(dir);
    if (blobs.size() != 1) {
      throw new IllegalStateException(
          "jcstress exited with " + process.exitValue() + " and left " + blobs + "; see " + dir);
    }
    DiskReadCollector reader = new DiskReadCollector(blobs.getFirst().toString(), collector);
    reader.dump();
    reader.close();
    return collector.getTestResults();
  }

  /** Ends jcstress and the JVMs that it has started, which would stay. */
  private static void end(Process process) {
    List<ProcessHandle> started = process.descendants().toList();
    process.destroy();
    started.forEach(ProcessHandle::destroyForcibly);
  }

  private static Path log(Path dir) {
    return dir.resolve("jcstress.log");
  }

  private static String absolute(String classPath) {
    StringBuilder path = new StringBuilder();
    for (String each : classPath.split(Pattern.quote(java.io.File.pathSeparator), -1)) {
      path.append(path.isEmpty() ? "" : java.io.File.pathSeparator)
          .append(Path.of(each).toAbsolutePath());
    }
    return path.toString();
  }

  private static List<Path> blobs(Path dir) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.filter(each -> each.toString().endsWith(".bin.gz")).toList();
    }
  }

  private static void deleteBlobs(Path dir) throws IOException {
    for (Path each : blobs(dir)) {
      Files.delete(each);
    }
  }
}
