// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Pictures are XML, name everything once, and put greater numbers further along. */
final class PlotsTest {

  private static final Caption CAPTION = new Caption("Who & what", "2 processors, one day");

  private static Document parsed(String svg) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    return factory
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<Element> elements(Document svg, String tag, String style) {
    NodeList all = svg.getElementsByTagName(tag);
    return IntStream.range(0, all.getLength())
        .mapToObj(i -> (Element) all.item(i))
        .filter(element -> style.isEmpty() || element.getAttribute("class").equals(style))
        .toList();
  }

  private static double number(Element element, String attribute) {
    return Double.parseDouble(element.getAttribute(attribute));
  }

  private static List<String> texts(Document svg) {
    return elements(svg, "text", "").stream().map(Element::getTextContent).toList();
  }

  private static List<Mark> bars() {
    List<Mark> bars = new ArrayList<>();
    for (String row : List.of("spawn", "yield <1>", "queues")) {
      for (String peer : List.of("jdk", "go")) {
        double median = 0.5 + 0.4 * bars.size();
        bars.add(Mark.bar(row, peer, median, median * 0.9, median * 1.1));
      }
    }
    return bars;
  }

  private static List<Mark> points(int lines) {
    List<Mark> points = new ArrayList<>();
    for (int line = 0; line < lines; line++) {
      for (int x = 1; x <= 64; x *= 2) {
        double median = 100 + 3 * line + x;
        points.add(Mark.point("line " + line, x, median, median - 1, median + 2));
      }
    }
    return points;
  }

  @Test
  void aPictureOfBarsNamesRowsAndPeersOnce() throws Exception {
    assertThat(texts(parsed(Plots.ratios(CAPTION, bars()))))
        .containsOnlyOnce(
            "spawn", "yield <1>", "queues", "jdk", "go", CAPTION.title(), CAPTION.subtitle());
  }

  @Test
  void barsGoFromOneToTheirNumberAndAreLongerTheFurther() throws Exception {
    Document svg = parsed(Plots.ratios(CAPTION, bars()));
    double one = number(elements(svg, "line", "one").getFirst(), "x1");
    List<Element> bars = elements(svg, "rect", "bar");
    assertThat(bars).hasSize(bars().size());
    List<Double> ends = new ArrayList<>();
    for (int i = 0; i < bars.size(); i++) {
      double x = number(bars.get(i), "x");
      double end = x + number(bars.get(i), "width");
      boolean faster = bars().get(i).median() > 1;
      // To a tenth of a pixel, as it is written.
      assertThat(Math.abs((faster ? x : end) - one)).isLessThan(0.2);
      ends.add(faster ? end : x);
    }
    assertThat(ends).isSorted().doesNotHaveDuplicates();
    assertThat(elements(svg, "line", "whisker")).hasSize(3 * bars.size());
  }

  @Test
  void aWhiskerGoesFromTheLeastToTheGreatest() throws Exception {
    Document svg = parsed(Plots.ratios(CAPTION, List.of(Mark.bar("row", "peer", 2, 1.5, 3))));
    Element bar = elements(svg, "rect", "bar").getFirst();
    Element whisker = elements(svg, "line", "whisker").getFirst();
    assertThat(number(whisker, "x1"))
        .isBetween(number(bar, "x"), number(bar, "x") + number(bar, "width"));
    assertThat(number(whisker, "x2")).isGreaterThan(number(bar, "x") + number(bar, "width"));
  }

  @Test
  void pointsStandInTheOrderOfTheirNumbers() throws Exception {
    for (String picture :
        List.of(Plots.costByWorkers(CAPTION, points(1)), Plots.costByTasks(CAPTION, points(1)))) {
      List<Element> dots = elements(parsed(picture), "circle", "dot");
      assertThat(dots).hasSize(7);
      assertThat(dots.stream().map(dot -> number(dot, "cx")).toList())
          .isSorted()
          .doesNotHaveDuplicates();
      // Upwards is less in a picture.
      assertThat(dots.stream().map(dot -> number(dot, "cy")).toList())
          .isSortedAccordingTo(Comparator.reverseOrder())
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void aPictureOfLinesNamesEachOnceAndNoneOverAnother() throws Exception {
    Document svg = parsed(Plots.costByWorkers(CAPTION, points(30)));
    List<String> names = IntStream.range(0, 30).mapToObj(i -> "line " + i).toList();
    assertThat(texts(svg)).containsOnlyOnce(names.toArray(String[]::new));
    List<Double> at =
        elements(svg, "text", "name").stream().map(name -> number(name, "y")).toList();
    for (int i = 1; i < at.size(); i++) {
      assertThat(at.get(i) - at.get(i - 1)).isGreaterThan(12);
    }
  }

  @Test
  void aLineIsDrawnFromLeftToRightInWhateverOrderItIsGiven() throws Exception {
    List<Mark> points = points(1);
    assertThat(Plots.costByWorkers(CAPTION, points.reversed()))
        .isEqualTo(Plots.costByWorkers(CAPTION, points));
  }

  @Test
  void allThatIsDrawnIsInsideThePicture() throws Exception {
    List<Mark> near = List.of(Mark.point("one", 1_000, 101, 101, 101));
    List<Mark> far =
        List.of(Mark.point("one", 1, 1e-3, 1e-4, 1e-3), Mark.point("two", 1e7, 1e9, 1e8, 1e12));
    for (String picture :
        List.of(
            Plots.ratios(CAPTION, bars()),
            Plots.ratios(CAPTION, List.of(Mark.bar("row", "peer", 1, 1, 1))),
            Plots.costByTasks(CAPTION, near),
            Plots.costByWorkers(CAPTION, near),
            Plots.costByTasks(CAPTION, far),
            Plots.costByWorkers(CAPTION, points(30)))) {
      Document svg = parsed(picture);
      double height = number(svg.getDocumentElement(), "height");
      for (Element line : elements(svg, "line", "")) {
        for (String x : List.of("x1", "x2")) {
          assertThat(number(line, x)).isBetween(0.0, 900.0);
        }
        for (String y : List.of("y1", "y2")) {
          assertThat(number(line, y)).isBetween(0.0, height);
        }
      }
      assertThat(elements(svg, "line", "grid")).hasSizeGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void whatCannotBeDrawnIsRefusedWithItsValues() {
    assertThatThrownBy(() -> Plots.ratios(CAPTION, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nothing to draw");
    assertThatThrownBy(() -> Plots.costByTasks(CAPTION, List.of()))
        .hasMessageContaining("nothing to draw");
    assertThatThrownBy(() -> Plots.costByWorkers(CAPTION, List.of()))
        .hasMessageContaining("nothing to draw");
    assertThatThrownBy(() -> Mark.bar("row", "peer", 1, 0, 1))
        .hasMessageContaining("0.0, 1.0, 1.0");
    assertThatThrownBy(() -> Mark.bar("row", "peer", Double.NaN, 1, 1))
        .hasMessageContaining("row, peer");
    assertThatThrownBy(() -> Mark.bar("row", "peer", 3, 1, 2))
        .hasMessageContaining("1.0, 3.0, 2.0");
    assertThatThrownBy(() -> Mark.point("line", 0, 1, 1, 1)).hasMessageContaining("not 0.0");
    assertThatThrownBy(() -> Mark.bar(" ", "peer", 1, 1, 1)).hasMessageContaining("' '");
    Mark mark = Mark.point("line", 4, 1, 1, 1);
    assertThatThrownBy(() -> Plots.costByTasks(CAPTION, List.of(mark, mark)))
        .hasMessageContaining("line has two points at 4");
    assertThatThrownBy(() -> Plots.ratios(CAPTION, List.of(mark, mark)))
        .hasMessageContaining("two bars of line");
    assertThatThrownBy(() -> new Caption("t".repeat(81), ""))
        .hasMessageContaining("room for 80 characters, and this has 81");
  }

  @Test
  void numbersOfAnAxisAreBrief() {
    assertThat(List.of(0.005, 0.1, 2.0, 50.0, 1_000.0, 500_000.0, 2e6, 1.5e6))
        .extracting(Axis::text)
        .containsExactly("0.005", "0.1", "2", "50", "1,000", "500,000", "2 M", "1.5 M");
  }
}
