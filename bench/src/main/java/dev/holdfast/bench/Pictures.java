// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench;

import dev.holdfast.bench.plot.Caption;
import dev.holdfast.bench.plot.Mark;
import dev.holdfast.bench.plot.Plots;
import dev.holdfast.bench.schedule.ScheduleTable;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pictures of measured tables. */
final class Pictures {

  /** As much as there is room for, see {@link Caption}. */
  private static final int SUBTITLE = 125;

  private Pictures() {}

  /** Returns the pictures that can be drawn of some tables, by the names of their files. */
  static Map<String, String> of(List<Result> results) {
    String subtitle = subtitle(Machine.cores(), Machine.jvm(), Machine.system());
    Map<String, String> pictures = new LinkedHashMap<>();
    List<Mark> ratios = ratios(results);
    if (!ratios.isEmpty()) {
      pictures.put(
          "ratios.svg",
          Plots.ratios(
              new Caption("How many times faster Holdfast is than its peers", subtitle), ratios));
    }
    List<Mark> tasks = points(results, Line.Place.Axis.TASKS);
    if (!tasks.isEmpty()) {
      pictures.put(
          "tasks.svg",
          Plots.costByTasks(
              new Caption("What a spawn costs as there are more tasks", subtitle), tasks));
    }
    List<Mark> workers = points(results, Line.Place.Axis.WORKERS);
    if (!workers.isEmpty()) {
      pictures.put(
          "workers.svg",
          Plots.costByWorkers(
              new Caption("What an operation costs as there are more workers", subtitle), workers));
    }
    return pictures;
  }

  /** Those of scheduling; what was starved has no place among them. */
  private static List<Mark> ratios(List<Result> results) {
    List<Mark> marks = new ArrayList<>();
    for (Result result : results) {
      if (!result.name().equals(ScheduleTable.NAME)) {
        continue;
      }
      for (Result.Row row : result.rows()) {
        Result.Outcome ours = row.of(Contestant.HOLDFAST);
        if (ours == null || ours.starved()) {
          continue;
        }
        for (Result.Outcome theirs : row.outcomes()) {
          if (!theirs.peer().equals(ours.peer())
              && !theirs.starved()
              && !Contestant.isFloor(theirs.peer())) {
            Spread by = theirs.by(ours);
            marks.add(Mark.bar(row.line().name(), theirs.peer(), by.median(), by.min(), by.max()));
          }
        }
      }
    }
    return marks;
  }

  private record Point(String what, String peer, int at, Spread spread) {}

  /** Lines are named by what tells them apart: who, or what is done, or both. */
  private static List<Mark> points(List<Result> results, Line.Place.Axis axis) {
    List<Point> points = new ArrayList<>();
    for (Result result : results) {
      for (Result.Row row : result.rows()) {
        Line.Place place = row.line().place();
        if (place != null && place.axis() == axis) {
          for (Result.Outcome outcome : row.outcomes()) {
            points.add(new Point(place.series(), outcome.peer(), place.at(), outcome.spread()));
          }
        }
      }
    }
    boolean oneThing = points.stream().map(Point::what).distinct().count() == 1;
    boolean onePeer = points.stream().map(Point::peer).distinct().count() == 1;
    List<Mark> marks = new ArrayList<>();
    for (Point point : points) {
      String series =
          oneThing ? point.peer() : onePeer ? point.what() : point.what() + ", " + point.peer();
      Spread spread = point.spread();
      marks.add(Mark.point(series, point.at(), spread.median(), spread.min(), spread.max()));
    }
    return marks;
  }

  static String subtitle(int cores, String jvm, String system) {
    String date = LocalDate.now(ZoneOffset.UTC).toString();
    String text =
        cores + (cores == 1 ? " processor, " : " processors, ") + jvm + ", " + system + ", " + date;
    // The machine is cut, not the date.
    return text.length() <= SUBTITLE
        ? text
        : text.substring(0, SUBTITLE - date.length() - 5) + "..., " + date;
  }
}
