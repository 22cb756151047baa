// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.holdfast.bench.Line.Aim;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Who is measured when, and what is made of the numbers. */
final class SessionTest {

  private final List<String> order = new ArrayList<>();

  private Contestant contestant(String line, String peer, double... samples) {
    int[] next = {0};
    return new Contestant(
        peer,
        () -> {
          order.add(line + peer);
          return samples[next[0]++ % samples.length];
        });
  }

  private static Result measure(int warmups, int rounds, List<Across> across, Line... lines) {
    return measure(warmups, rounds, across, new StringWriter(), lines);
  }

  private static Result measure(
      int warmups, int rounds, List<Across> across, StringWriter said, Line... lines) {
    long[] clock = {0};
    Progress progress =
        new Progress("doubles", new PrintWriter(said), () -> clock[0] += 1_000_000_000L);
    return new Session(doubles(warmups, across, lines), List.of(lines), rounds, progress).run();
  }

  static Suite doubles(int warmups, List<Across> across, Line... lines) {
    return new Suite() {
      @Override
      public String name() {
        return "doubles";
      }

      @Override
      public String about() {
        return "Nothing is measured.";
      }

      @Override
      public List<Line> lines() {
        return List.of(lines);
      }

      @Override
      public List<Across> across() {
        return across;
      }

      @Override
      public int warmups(int rounds) {
        return warmups;
      }
    };
  }

  @Test
  void eachRoundMeasuresEachRowByAllContestantsInAnOrderThatTurns() {
    measure(
        1,
        2,
        List.of(),
        new Line(
            "1",
            "ns",
            List.of(contestant("1", "a", 1), contestant("1", "b", 1), contestant("1", "c", 1)),
            List.of()),
        new Line("2", "ns", List.of(contestant("2", "a", 1), contestant("2", "b", 1)), List.of()));
    assertThat(order)
        .containsExactly(
            "1a", "1b", "1c", "2a", "2b", "1b", "1c", "1a", "2b", "2a", "1c", "1a", "1b", "2a",
            "2b");
  }

  @Test
  void aWarmUpDoesNotCount() {
    Result result =
        measure(1, 2, List.of(), line(new double[] {100, 1, 2}, new double[] {100, 3, 4}));
    assertThat(result.rows().getFirst().outcomes().getFirst().samples()).containsExactly(1.0, 2.0);
  }

  private Line line(double[] ours, double[] theirs, Aim... aims) {
    return new Line(
        "row",
        "ns",
        List.of(contestant("", Contestant.HOLDFAST, ours), contestant("", Contestant.JDK, theirs)),
        List.of(aims));
  }

  private static List<Result.Verdict> verdicts(Result result) {
    return result.rows().getFirst().verdicts();
  }

  @Test
  void aRatioIsOfTheSamplesOfOneRound() {
    double[] ours = {1, 2, 4};
    double[] theirs = {2, 2, 2};
    assertThat(verdicts(measure(0, 3, List.of(), line(ours, theirs, Aim.speedup("jdk", 1)))))
        .singleElement()
        .satisfies(verdict -> {
          assertThat(verdict.numbers()).containsExactly(2.0, 1.0, 0.5);
          assertThat(verdict.spread()).isEqualTo(new Spread(1, 0.5, 2));
          assertThat(verdict.reached()).isTrue();
        });
    assertThat(verdicts(measure(0, 3, List.of(), line(ours, theirs, Aim.share("jdk", 0.99)))))
        .singleElement()
        .satisfies(verdict -> {
          assertThat(verdict.numbers()).containsExactly(0.5, 1.0, 2.0);
          assertThat(verdict.reached()).isFalse();
        });
    assertThat(verdicts(measure(0, 3, List.of(), line(ours, theirs, Aim.atMost(2)))))
        .singleElement()
        .satisfies(verdict -> {
          assertThat(verdict.numbers()).containsExactly(1.0, 2.0, 4.0);
          assertThat(verdict.reached()).isTrue();
        });
  }

  @Test
  void anAimIsReachedAsItIsPrinted() {
    assertThat(Aim.speedup("jdk", 1).reachedBy(0.996)).isTrue();
    assertThat(Aim.speedup("jdk", 1).reachedBy(0.99)).isFalse();
    assertThat(Aim.share("jdk", 0.5).reachedBy(0.504)).isTrue();
    assertThat(Aim.share("jdk", 0.5).reachedBy(0.51)).isFalse();
    assertThat(Aim.atMost(3).reachedBy(3)).isTrue();
    assertThat(Aim.atMost(3).reachedBy(3.01)).isFalse();
  }

  @Test
  void anAimAgainstWhoIsNotMeasuredIsLeftOut() {
    Line line = line(new double[] {1}, new double[] {1}, Aim.speedup(Contestant.TOKIO, 1));
    assertThat(verdicts(measure(0, 1, List.of(), line))).isEmpty();
  }

  @Test
  void whoIsWithinFivePercentOfTheBestIsEvenAndAFloorIsNoRival() {
    assertThat(best(100, 106, 50)).containsExactly(Contestant.HOLDFAST);
    assertThat(best(100, 104, 50)).containsExactly(Contestant.HOLDFAST, Contestant.JDK);
    assertThat(best(104, 100, 50)).containsExactly(Contestant.JDK, Contestant.HOLDFAST);
    assertThat(best(200, 100, 50)).containsExactly(Contestant.JDK);
  }

  private List<String> best(double ours, double theirs, double floor) {
    Line line =
        new Line(
            "row",
            "ns",
            List.of(
                contestant("", Contestant.HOLDFAST, ours),
                contestant("", Contestant.JDK, theirs),
                contestant("", Contestant.FLOOR + "-run", floor)),
            List.of());
    return measure(0, 1, List.of(), line).rows().getFirst().best();
  }

  @Test
  void whoIsStarvedIsNoneOfTheBestAndNobodyWinsOverIt() {
    Result.Row row = starved(3, 10, 5);
    assertThat(row.best()).containsExactly(Contestant.HOLDFAST);
    assertThat(row.verdicts()).extracting(v -> v.aim().peer()).containsExactly(Contestant.GO);
    assertThat(row.outcomes())
        .extracting(Result.Outcome::starved)
        .containsExactly(false, true, false);
    assertThat(row.notes()).anyMatch(note -> note.startsWith("tokio took as long as it was given"));
    assertThat(starved(10, 10, 10).best()).isEmpty();
    assertThat(starved(10, 10, 10).verdicts()).isEmpty();
    assertThat(starved(10, 10, 5).best()).containsExactly(Contestant.GO);
    assertThat(starved(10, 10, 5).verdicts())
        .singleElement()
        .satisfies(verdict -> assertThat(verdict.reached()).isFalse());
  }

  @Test
  void theTableSaysWhoIsStarvedInsteadOfARatio() {
    Result result = measure(0, 1, List.of(), limited(3, 10, 5));
    assertThat(Markdown.of(result).lines())
        .filteredOn(line -> line.startsWith("| ") && line.contains("tokio"))
        .singleElement()
        .asString()
        .contains("| starved ");
  }

  private Result.Row starved(double ours, double tokio, double go) {
    return measure(0, 1, List.of(), limited(ours, tokio, go)).rows().getFirst();
  }

  /** A row in which 10 is as long as anyone is given. */
  private Line limited(double ours, double tokio, double go) {
    return new Line(
            "row",
            "ns",
            List.of(
                contestant("", Contestant.HOLDFAST, ours),
                contestant("", Contestant.TOKIO, tokio),
                contestant("", Contestant.GO, go)),
            List.of(Aim.speedup(Contestant.TOKIO, 1), Aim.speedup(Contestant.GO, 1)))
        .withLimit(10);
  }

  @Test
  void whoCannotBeMeasuredIsANoteAndTheRowGoesOn() {
    Line line =
        new Line(
            "row",
            "ns",
            List.of(
                contestant("", Contestant.HOLDFAST, 1),
                new Contestant(
                    Contestant.GO,
                    () -> {
                      throw new NotMeasuredException("go is not installed");
                    })),
            List.of(Aim.speedup(Contestant.GO, 1)));
    Result.Row row = measure(0, 2, List.of(), line).rows().getFirst();
    assertThat(row.outcomes()).extracting(Result.Outcome::peer).containsExactly("holdfast");
    assertThat(row.verdicts()).isEmpty();
    assertThat(row.notes()).containsExactly("go was not measured: go is not installed");
  }

  @Test
  void whatFailsEndsTheMeasurementAndIsNamed() {
    Line line =
        new Line(
            "row",
            "ns",
            List.of(
                new Contestant(
                    Contestant.GO,
                    () -> {
                      throw new IllegalStateException("broken");
                    })),
            List.of());
    assertThatThrownBy(() -> measure(0, 1, List.of(), line))
        .isInstanceOf(MeasurementException.class)
        .hasMessageContainingAll("doubles", "row", "go", "round 1 of 1", "broken");
  }

  @Test
  void aRowThatIsThereTwiceIsRefused() {
    Line line = line(new double[] {1}, new double[] {1});
    assertThatThrownBy(() -> measure(0, 1, List.of(), line, line))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("row");
  }

  @Test
  void whatSeveralRowsSayIsMadeRoundByRoundWithoutWhatWasCutShort() {
    Line one = named("one", new double[] {1, 1}, new double[] {4, 1});
    Line two = named("two", new double[] {2, 4}, new double[] {2, 4});
    Line cut = named("cut", new double[] {100, 100}, new double[] {1, 1}).withLimit(100);
    List<Line> lines = List.of(one, two, cut);
    Result result =
        measure(
            0,
            2,
            List.of(
                Across.geometricMean(Contestant.JDK, 1.5, lines),
                Across.flat("flat", 3, lines),
                Across.worst("worst", 1, lines, two),
                Across.over("over", 0, one, Contestant.JDK),
                new Across("none", Aim.Kind.AT_MOST, 1, round -> OptionalDouble.empty())),
            one,
            two,
            cut);
    assertThat(result.together())
        .extracting(Result.Together::numbers)
        .containsExactly(
            List.of(2.0, 1.0), List.of(2.0, 4.0), List.of(1.0, 1.0), List.of(-3.0, 0.0));
    assertThat(result.together())
        .extracting(Result.Together::reached)
        .containsExactly(true, true, true, true);
    assertThat(result.rows().getLast().notes()).singleElement().asString().contains("starved");
  }

  private Line named(String name, double[] ours, double[] theirs) {
    return new Line(
        name,
        "ns",
        List.of(
            contestant(name, Contestant.HOLDFAST, ours), contestant(name, Contestant.JDK, theirs)),
        List.of());
  }

  @Test
  void severalNumbersOfOneMeasurementAreMeasuredOncePerRound() throws Exception {
    int[] count = {0};
    Several several = new Several(() -> Map.of("a", (double) ++count[0], "b", -1.0 * count[0]));
    Sampler a = several.number("a");
    Sampler b = several.number("b");
    assertThat(List.of(a.sample(), b.sample(), b.sample(), a.sample(), a.sample()))
        .containsExactly(1.0, -1.0, -2.0, 2.0, 3.0);
    assertThatThrownBy(() -> several.number("c").sample()).isInstanceOf(NotMeasuredException.class);
  }

  @Test
  void progressNamesWhatIsMeasuredAndWhatIsLeft() {
    StringWriter said = new StringWriter();
    measure(1, 4, List.of(), said, line(new double[] {1}, new double[] {1}));
    assertThat(said.toString().lines())
        .first()
        .asString()
        .isEqualTo("doubles: warm-up 1 of 1, row, holdfast");
    assertThat(said.toString())
        .contains("doubles: round 3 of 4, row, jdk; about 5 s left\n")
        .doesNotContain("round 5");
  }

  @Test
  void aSpreadHasItsMiddleAndItsEnds() {
    assertThat(Spread.of(3, 1, 2)).isEqualTo(new Spread(2, 1, 3));
    assertThat(Spread.of(4, 1, 2, 3)).isEqualTo(new Spread(2.5, 1, 4));
  }

  @Test
  void aMissAndTheBestArePrintedAsSuch() {
    Line line =
        line(new double[] {6}, new double[] {3}, Aim.share("jdk", 0.5), Aim.atMost(10))
            .withNote("six");
    assertThat(Markdown.of(measure(0, 1, List.of(), line)))
        .containsPattern(
            "`row`, ns +\\| holdfast +\\| 6.00 \\(6.00-6.00\\) .*at most 10.00 +\\| yes")
        .containsPattern(
            "\\*\\*jdk\\*\\* .*2.00 \\(2.00-2.00\\) +\\| at most 0.50x +\\| \\*\\*no\\*\\*")
        .contains("- `row`: six");
  }
}
