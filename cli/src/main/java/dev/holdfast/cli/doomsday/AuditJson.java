// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.holdfast.doomsday.Finding;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints what was found as one JSON array, in ASCII whatever the terminal's encoding is. */
final class AuditJson {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .build();

  private final PrintWriter out;

  AuditJson(PrintWriter out) {
    this.out = out;
  }

  /** One runtime in one scenario. */
  private record Row(
      String runtime,
      String version,
      String scenario,
      Verdict verdict,
      @Nullable Evidence evidence,
      int rounds) {

    static Row of(ScenarioResult result) {
      List<Evidence> all = result.findings().stream().map(Evidence::of).toList();
      return new Row(
          result.runtime(),
          result.version(),
          result.scenario().id(),
          result.verdict(),
          all.isEmpty() ? null : all.getFirst().with(all.subList(1, all.size())),
          result.rounds());
    }
  }

  /** The worst finding, and with it the first ones of the other ways. */
  private record Evidence(
      Verdict verdict,
      String what,
      String way,
      long seed,
      Map<String, List<String>> stacks,
      List<Evidence> others) {

    static Evidence of(Finding finding) {
      Map<String, List<String>> stacks = new LinkedHashMap<>();
      finding
          .stacks()
          .forEach((name, stack) ->
              stacks.put(name, stack.stream().map(StackTraceElement::toString).toList()));
      return new Evidence(
          finding.verdict(), finding.what(), finding.way(), finding.seed(), stacks, List.of());
    }

    Evidence with(List<Evidence> more) {
      return new Evidence(verdict, what, way, seed, stacks, more);
    }
  }

  /** A runtime in the list. */
  private record Listed(
      String name, String version, String arming, List<String> ways, List<String> scenarios) {}

  void print(List<Audited> audited) throws IOException {
    write(audited.stream().flatMap(each -> each.results().stream()).map(Row::of).toList());
  }

  void list(AuditPlan plan) throws IOException {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("runtimes", plan.runtimes().stream().map(runtime -> listed(plan, runtime)).toList());
    Map<String, String> scenarios = new LinkedHashMap<>();
    plan.scenarios().forEach(scenario -> scenarios.put(scenario.id(), scenario.words()));
    all.put("scenarios", scenarios);
    write(all);
  }

  private static Listed listed(AuditPlan plan, RuntimeAdapter runtime) {
    return new Listed(
        runtime.name(),
        runtime.version(),
        runtime.arming(),
        runtime.ways(),
        plan.scenarios(runtime).stream().map(Scenario::id).toList());
  }

  private void write(Object value) throws IOException {
    try (JsonGenerator json = JSON.createGenerator(out).useDefaultPrettyPrinter()) {
      json.writePOJO(value);
    }
    out.println();
    out.flush();
  }
}
