// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a JVM saw of its own end, in a file that outlives it: a line for each value made and gone,
 * and some for each finding, each written as it happens.
 *
 * @param exits whether the JVM got as far as to ask for its end
 * @param made how many values were made
 * @param alive the values that were not destroyed
 * @param findings what was found inside
 */
record ExitLog(boolean exits, int made, List<String> alive, List<Finding> findings) {

  private static final String MADE = "made";
  private static final String GONE = "gone";
  private static final String EXITS = "exits";
  private static final String FOUND = "found";
  private static final String STACK = "stack";
  private static final String FRAME = "frame";

  /** Writes such a file. */
  static final class Recorder implements Witness.Log {

    private final Writer writer;
    // Guarded by this.
    private final Map<ArmedValue, Integer> numbers = new ConcurrentHashMap<>();

    Recorder(Path file) throws IOException {
      writer = Files.newBufferedWriter(file);
    }

    @Override
    public synchronized void made(ArmedValue value) {
      numbers.put(value, numbers.size());
      line(MADE, String.valueOf(numbers.get(value)), value.toString());
    }

    @Override
    public synchronized void gone(ArmedValue value) {
      line(GONE, String.valueOf(numbers.get(value)));
    }

    @Override
    public synchronized void found(Finding finding) {
      line(FOUND, finding.verdict().name(), finding.what());
      finding
          .stacks()
          .forEach((name, stack) -> {
            line(STACK, name);
            for (StackTraceElement frame : stack) {
              line(
                  FRAME,
                  frame.getClassName(),
                  frame.getMethodName(),
                  String.valueOf(frame.getFileName()),
                  String.valueOf(frame.getLineNumber()));
            }
          });
    }

    /** Notes that the JVM is asked to exit now. */
    synchronized void exits() {
      line(EXITS);
    }

    private void line(String... words) {
      try {
        for (String word : words) {
          writer.write(word.replaceAll("\\s", " "));
          writer.write('\t');
        }
        writer.write('\n');
        writer.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static ExitLog read(Path file, String way, long seed) throws IOException {
    boolean exits = false;
    int made = 0;
    Map<String, String> alive = new LinkedHashMap<>();
    List<Found> found = new ArrayList<>();
    String text = Files.readString(file);
    // The JVM may have been halted in the midst of a line.
    for (String line : text.substring(0, text.lastIndexOf('\n') + 1).lines().toList()) {
      String[] words = line.split("\t", -1);
      switch (words[0]) {
        case MADE -> {
          made++;
          alive.put(words[1], words[2]);
        }
        case GONE -> alive.remove(words[1]);
        case EXITS -> exits = true;
        case FOUND -> found.add(new Found(Verdict.valueOf(words[1]), words[2]));
        case STACK -> found.getLast().stacks.put(words[1], new ArrayList<>());
        case FRAME ->
            found
                .getLast()
                .stacks
                .lastEntry()
                .getValue()
                .add(
                    new StackTraceElement(
                        words[1], words[2], words[3], Integer.parseInt(words[4])));
        default -> throw new IOException("not a line of this log: " + line);
      }
    }
    return new ExitLog(
        exits,
        made,
        List.copyOf(alive.values()),
        found.stream().map(each -> each.finding(way, seed)).toList());
  }

  /** A finding of which not all lines may have been read yet. */
  private static final class Found {
    final Verdict verdict;
    final String what;
    final LinkedHashMap<String, List<StackTraceElement>> stacks = new LinkedHashMap<>();

    Found(Verdict verdict, String what) {
      this.verdict = verdict;
      this.what = what;
    }

    Finding finding(String way, long seed) {
      return new Finding(verdict, what, way, seed, stacks);
    }
  }
}
