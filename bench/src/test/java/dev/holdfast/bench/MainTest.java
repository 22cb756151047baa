// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
  void wrongCallsExitWith2AndSayWhatThereIs() {
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
