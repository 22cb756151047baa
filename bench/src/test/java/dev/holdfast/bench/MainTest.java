// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.bench.peers.Peers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.NodeList;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** What the command takes, refuses and writes. */
final class MainTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<String> measured = new ArrayList<>();

  @TempDir private Path directory;

  private int run(String... arguments) {
    return Main.command(
            List.of(
                new Tables.Entry("doubles", "two rows", true, config -> suite("doubles", "a b")),
                new Tables.Entry("slow", "not quick", false, config -> suite("slow", "c"))),
            null)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private Suite suite(String table, String rows) {
    return SessionTest.doubles(
        0,
        List.of(),
        Arrays.stream(rows.split(" ", -1))
            .map(row ->
                new Line(
                    "row \"" + row,
                    "ns",
                    List.of(
                        contestant(row, Contestant.HOLDFAST, 2),
                        contestant(row, Contestant.OWNED, 3),
                        contestant(row, Contestant.JDK, 1),
                        contestant(row, Contestant.FIXED, 1),
                        contestant(row, Contestant.FLOOR, 1)),
                    List.of(Line.Aim.speedup(Contestant.JDK, 1), Line.Aim.atMost(2))))
            .toArray(Line[]::new));
  }

  private Contestant contestant(String row, String peer, double sample) {
    return new Contestant(
        peer,
        () -> {
          measured.add(row + " " + peer);
          return sample;
        });
  }

  @Test
  void allButTheOwnedTierIsMeasuredUnlessItIsNamed() {
    assertThat(run("--rounds", "1", "doubles")).isZero();
    assertThat(measured)
        .containsExactly(
            "a holdfast",
            "a jdk",
            "a fixed",
            "a floor",
            "b holdfast",
            "b jdk",
            "b fixed",
            "b floor");
    measured.clear();
    assertThat(run("--rounds", "1", "--row", "A", "--peer", "Holdfast-Owned")).isZero();
    assertThat(measured).containsExactly("a holdfast", "a holdfast-owned", "a floor");
  }

  @Test
  void peersAndRowsMayBeNamedSeveralTimes() {
    assertThat(run("--rounds=1", "--row=\"a", "--row=\"b", "--peer=jdk", "--peer=fixed")).isZero();
    assertThat(measured)
        .containsExactly(
            "a holdfast",
            "a jdk",
            "a fixed",
            "a floor",
            "b holdfast",
            "b jdk",
            "b fixed",
            "b floor");
  }

  @Test
  void quickLeavesOutWhatIsNotQuickUnlessItIsNamed() {
    assertThat(run("--quick")).isZero();
    assertThat(measured).doesNotContain("c jdk").hasSize(2 * 4 * 3);
    measured.clear();
    assertThat(run("--quick", "--rounds=2", "slow")).isZero();
    assertThat(measured).hasSize(4 * 2).contains("c jdk");
    measured.clear();
    assertThat(run()).isZero();
    assertThat(measured).contains("c jdk").hasSize(3 * 4 * 7);
  }

  @Test
  void theListMeasuresNothing() {
    assertThat(run("--list", "--quick")).isZero();
    assertThat(measured).isEmpty();
    assertThat(out.toString())
        .contains("doubles: ", "  row \"a, ns: holdfast, jdk, fixed, floor", "  row \"c, ns: ");
  }

  @Test
  void wrongCallsExitWith2AndSayWhatThereIs() throws Exception {
    refused("'nothing'; the tables are: doubles, slow", "nothing");
    refused("from 1 to 1000, not 0", "--rounds", "0");
    refused("'many'", "--rounds", "many");
    refused("--no-such", "--no-such");
    refused("'z' in its name; the rows are: row \"a; row \"b", "--row", "z", "doubles");
    refused(
        "'tokio' in doubles; the peers are: holdfast, holdfast-owned, jdk, fixed, floor",
        "--peer",
        "tokio",
        "doubles");
    refused("not " + directory.resolve("no/file"), "--json", directory + "/no/file");
    refused("not " + directory, "--json", directory.toString());
    refused("not " + directory.resolve("no/plots"), "--plots", directory + "/no/plots");
    Path file = Files.createFile(directory.resolve("file"));
    refused("made, not " + file, "--plots", file.toString());
    assertThat(measured).isEmpty();
  }

  private void refused(String message, String... arguments) {
    err.getBuffer().setLength(0);
    assertThat(run(arguments)).as("%s", List.of(arguments)).isEqualTo(2);
    assertThat(err.toString().lines())
        .singleElement()
        .asString()
        .startsWith("holdfast bench: ")
        .contains(message)
        .endsWith("(see: holdfast bench --help, or --list)");
  }

  @Test
  void whatInstallsThePeersIsOneLineAndNothingIsMeasured() {
    assertThat(run("--install-peers")).isZero();
    assertThat(out.toString()).isEqualTo(Peers.installLine() + System.lineSeparator());
    assertThat(measured).isEmpty();
  }

  @Test
  void theListOfAllTablesNamesThePeersAndBuildsNothing() {
    int code =
        Main.command(Tables.ALL, Config.tiny())
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute("--list");
    assertThat(code).isZero();
    assertThat(err.toString()).isEmpty();
    assertThat(out.toString().lines())
        .anyMatch(line -> line.startsWith("  spawn_many_local, ") && line.endsWith(", tokio, go"))
        .contains("  http_server, us per request: holdfast, jdk, fixed");
  }

  @Test
  void whoIsNotThereIsInANoteAndInNoRow() {
    List<String> asked = new ArrayList<>();
    Suite suite =
        new Table("doubles", List.of(line("a", Contestant.HOLDFAST, Contestant.TOKIO))) {
          @Override
          public Set<String> prepare(Set<String> peers, Consumer<String> progress) {
            asked.addAll(peers);
            progress.accept("looking");
            return Set.of(Contestant.TOKIO);
          }

          @Override
          public List<String> notes() {
            return List.of("tokio is not there");
          }
        };
    assertThat(run(suite, "--rounds=1")).isZero();
    assertThat(asked).containsExactlyInAnyOrder(Contestant.HOLDFAST, Contestant.TOKIO);
    assertThat(err.toString()).contains("doubles: looking");
    assertThat(measured).containsExactly("a holdfast");
    assertThat(out.toString().lines())
        .filteredOn(line -> line.contains("tokio"))
        .containsExactly("- tokio is not there");
    assertThat(run(suite, "--list")).isZero();
    assertThat(asked).hasSize(2);
  }

  @Test
  void thePicturesAreOfWhatWasMeasured() throws Exception {
    Path pictures = directory.resolve("pictures");
    Line starved = line("b", Contestant.HOLDFAST, Contestant.GO).withLimit(1);
    Suite schedule =
        new Table(
            "schedule",
            List.of(
                line("a", Contestant.HOLDFAST, Contestant.JDK, Contestant.FLOOR + "-two"),
                starved));
    assertThat(run(schedule, "--rounds=2", "--plots", pictures.toString())).isZero();
    assertThat(files(pictures)).containsExactly("ratios.svg");
    assertThat(texts(pictures.resolve("ratios.svg")))
        .contains("a", "jdk")
        .doesNotContain("b", "go", "floor-two")
        .anyMatch(text ->
            text.startsWith(Runtime.getRuntime().availableProcessors() + " processor")
                && text.contains(System.getProperty("os.name"))
                && text.matches(".*, 20\\d\\d-\\d\\d-\\d\\d"));
    Suite growth =
        new Table(
            "growth",
            List.of(
                line("10", Contestant.HOLDFAST, Contestant.JDK)
                    .at(new Line.Place(Line.Place.Axis.TASKS, "spawn", 10)),
                line("100", Contestant.HOLDFAST, Contestant.JDK)
                    .at(new Line.Place(Line.Place.Axis.TASKS, "spawn", 100)),
                line("1", Contestant.HOLDFAST, Contestant.JDK)
                    .at(new Line.Place(Line.Place.Axis.WORKERS, "yield", 1)),
                line("2", Contestant.HOLDFAST)
                    .at(new Line.Place(Line.Place.Axis.WORKERS, "spawn", 1))));
    // Into a directory that is there already.
    assertThat(run(growth, "--rounds=1", "--plots", pictures.toString())).isZero();
    assertThat(files(pictures)).containsExactly("ratios.svg", "tasks.svg", "workers.svg");
    assertThat(texts(pictures.resolve("tasks.svg"))).contains("holdfast", "jdk");
    assertThat(texts(pictures.resolve("workers.svg")))
        .contains("yield, holdfast", "yield, jdk", "spawn, holdfast");
  }

  @Test
  void aLongMachineIsCutToWhatThereIsRoomFor() {
    assertThat(Pictures.subtitle(1, "v".repeat(300), "an os"))
        .hasSize(125)
        .startsWith("1 processor, vv")
        .matches(".*v\\.\\.\\., 20\\d\\d-\\d\\d-\\d\\d");
  }

  private int run(Suite suite, String... arguments) {
    return Main.command(List.of(new Tables.Entry(suite.name(), "", true, _ -> suite)), null)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private Line line(String row, String... peers) {
    return new Line(
        row, "ns", Arrays.stream(peers).map(peer -> contestant(row, peer, 2)).toList(), List.of());
  }

  /** A table that is measured without warm-ups. */
  private static class Table implements Suite {
    private final String name;
    private final List<Line> lines;

    Table(String name, List<Line> lines) {
      this.name = name;
      this.lines = lines;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String about() {
      return "";
    }

    @Override
    public List<Line> lines() {
      return lines;
    }

    @Override
    public int warmups(int rounds) {
      return 0;
    }
  }

  private static List<String> files(Path pictures) throws IOException {
    try (Stream<Path> files = Files.list(pictures)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static List<String> texts(Path picture) throws Exception {
    NodeList texts =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(picture.toFile())
            .getElementsByTagName("text");
    return IntStream.range(0, texts.getLength())
        .mapToObj(i -> texts.item(i).getTextContent())
        .toList();
  }

  @Test
  void aFailureExitsWith1AndSaysWhere() {
    Line line =
        new Line(
            "row",
            "ns",
            List.of(
                new Contestant(
                    Contestant.JDK,
                    () -> {
                      throw new IllegalStateException("broken");
                    })),
            List.of());
    int code =
        Main.command(
                List.of(
                    new Tables.Entry(
                        "doubles", "", true, config -> SessionTest.doubles(0, List.of(), line))),
                null)
            .setErr(new PrintWriter(err, true))
            .execute();
    assertThat(code).isEqualTo(1);
    assertThat(err.toString())
        .contains("holdfast bench: doubles, row, jdk, round 1 of 7: ", "broken");
  }

  @Test
  void theJsonHoldsTheMachineTheOptionsAndEachSample() throws Exception {
    Path file = directory.resolve("bench.json");
    assertThat(run("--rounds=2", "--row=a", "--peer=jdk", "--json=" + file, "doubles")).isZero();
    Map<Object, Object> json = map(read(Files.readString(file)));
    assertThat(json.get("format")).isEqualTo(1.0);
    assertThat(map(json.get("machine"))).containsKeys("cores", "jvm", "os", "heapMiB", "gc");
    assertThat(map(json.get("options")))
        .containsEntry("rounds", 2.0)
        .containsEntry("quick", false)
        .containsEntry("rows", List.of("a"))
        .containsEntry("peers", List.of("jdk"))
        .containsEntry("tables", List.of("doubles"));
    Map<Object, Object> table = map(list(json.get("tables")).getFirst());
    assertThat(table.get("table")).isEqualTo("doubles");
    Map<Object, Object> row = map(list(table.get("rows")).getFirst());
    assertThat(row)
        .containsEntry("row", "row \"a")
        .containsEntry("unit", "ns")
        .containsEntry("best", List.of("jdk"));
    assertThat(list(row.get("contestants")))
        .contains(
            Map.of(
                "peer", "jdk", "samples", List.of(1.0, 1.0), "median", 1.0, "min", 1.0, "max", 1.0))
        .hasSize(3);
    assertThat(list(row.get("aims")))
        .contains(
            Map.of(
                "peer",
                "jdk",
                "kind",
                "SPEEDUP_AT_LEAST",
                "bound",
                1.0,
                "numbers",
                List.of(0.5, 0.5),
                "median",
                0.5,
                "min",
                0.5,
                "max",
                0.5,
                "reached",
                false))
        .hasSize(2);
  }

  @SuppressWarnings("unchecked")
  private static Map<Object, Object> map(Object value) {
    return (Map<Object, Object>) value;
  }

  @SuppressWarnings("unchecked")
  private static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  private static Object read(String text) {
    try (JsonParser json =
        JsonFactory.builder().build().createParser(ObjectReadContext.empty(), text)) {
      Object value = value(json, json.nextToken());
      assertThat(json.nextToken()).as("the end").isNull();
      return value;
    }
  }

  private static Object value(JsonParser json, JsonToken token) {
    return switch (token) {
      case START_OBJECT -> {
        Map<Object, Object> map = new HashMap<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
          String name = json.currentName();
          map.put(name, value(json, json.nextToken()));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        for (JsonToken next = json.nextToken();
            next != JsonToken.END_ARRAY;
            next = json.nextToken()) {
          list.add(value(json, next));
        }
        yield list;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> json.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> "null";
      default -> json.getString();
    };
  }
}
