// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import dev.holdfast.bench.Config;
import dev.holdfast.bench.Line;
import dev.holdfast.bench.Suite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The table of whole programs: servers under load, documents, the demo. */
public final class WorldTable implements Suite {

  /** The name of the table. */
  public static final String NAME = "world";

  /** The system property that says where the {@code holdfast} command is; its launcher sets it. */
  public static final String COMMAND = "holdfast.command";

  private final Config config;
  private final World world;
  private final List<Line> lines;
  private final String withoutDemo;

  /** Makes the table, with the command that the system property names. */
  public WorldTable(Config config) {
    this(config, System.getProperty(COMMAND));
  }

  WorldTable(Config config, @Nullable String command) {
    this.config = config;
    boolean quick = config.scale() == Config.Scale.QUICK;
    withoutDemo =
        quick
            ? "the demo is not measured with --quick"
            : command == null
                ? "the demo was not measured: nothing says where the holdfast command is;"
                    + " ./holdfast bench does, or -D"
                    + COMMAND
                    + "=FILE"
                : "";
    world =
        new World(
            config.pick(1, 1, 50),
            Duration.ofMillis(config.pick(1_500, 300, 30)),
            command == null || quick ? null : Path.of(command));
    lines = List.copyOf(world.lines());
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String about() {
    return "Whole programs: servers loaded by a process of their own over loopback, documents that"
        + " are parsed and printed, the demo; the ratio is the peer's number by ours, above 1 we are"
        + " faster, unless the aim says \"at most\".";
  }

  @Override
  public List<Line> lines() {
    return lines;
  }

  @Override
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    notes.add(
        "fixed: for http_server 4 platform threads for each processor, for echo_server one for each"
            + " connection, for json one for each processor, for demo its own pool; what loads a"
            + " server takes a share of the same processors");
    notes.add(
        "json: holdfast leases what a document is handled with, holdfast-with takes it by with,"
            + " jdk and fixed by a ThreadLocal, jdk-per-use makes it for each document");
    if (!withoutDemo.isEmpty()) {
      notes.add(withoutDemo);
    }
    return notes;
  }

  @Override
  public int warmups(int rounds) {
    return Math.min(rounds, config.pick(2, 1, 0));
  }

  @Override
  public void close() {
    try {
      world.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
