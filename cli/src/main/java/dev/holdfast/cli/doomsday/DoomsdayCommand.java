// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doomsday;

import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.canary.Canary;
import dev.holdfast.doomsday.runtimes.Runtimes;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code holdfast doomsday}: audits runtimes for what becomes of the values of their threads when
 * they end.
 */
@Command(
    name = "doomsday",
    description = {
      "Audits runtimes for what becomes of the values of their threads when they end: whether a task"
          + " finds one destroyed, whether each is destroyed once, on its thread, last made first,"
          + " whether a task is lost, a waker hurt, and whether the call that waits for the end"
          + " does.",
      "Each runtime is used as its documentation says, in a JVM of its own, and ended in each of its"
          + " ways at many moments. Runtimes that are broken on purpose, the canaries, show that"
          + " the audit sees what it looks for.",
      "Exit code 0: Holdfast is safe in every scenario that was played, and every canary was caught."
          + " 1: not so. 2: the command was called wrongly."
    })
public final class DoomsdayCommand implements Callable<Integer> {

  private final List<RuntimeAdapter> known;

  @Spec private CommandSpec spec;

  @Option(
      names = "--runtime",
      paramLabel = "NAME",
      description =
          "Audit only this one; --list shows the names. May be given several times. Default: all.")
  private List<String> runtimes = List.of();

  @Option(
      names = "--scenario",
      paramLabel = "NAME",
      description =
          "Play only this one; --list shows the names. May be given several times. Default: all.")
  private List<String> scenarios = List.of();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "15",
      description =
          "How many rounds of each scenario are played, 1 to 1000000; in each the runtime is ended once"
              + " in each of its ways. Of jvm-exit, which takes a JVM for each, one in 25 is, at"
              + " least two. A runtime that is not Holdfast's has 100 ms for each of them, and"
              + " fewer rounds if it needs longer. Default: ${DEFAULT-VALUE}.")
  private int rounds;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description =
          "The seed of the first round; each further one has the next. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--json",
      description =
          "Print one JSON array instead of the text, with an object for each runtime and scenario.")
  private boolean json;

  @Option(names = "--list", description = "List the runtimes and the scenarios, and audit nothing.")
  private boolean list;

  @Option(
      names = "--no-progress",
      description = "Do not say of each runtime, on the error output, that it has been audited.")
  private boolean noProgress;

  /** The command as it is used. */
  public DoomsdayCommand() {
    this(Runtimes.all());
  }

  DoomsdayCommand(List<RuntimeAdapter> known) {
    this.known = known;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (rounds < 1 || rounds > 1_000_000) {
      throw refused("--rounds must be from 1 to 1000000, not " + rounds);
    }
    List<RuntimeAdapter> chosen = chosenRuntimes();
    AuditPlan plan = new AuditPlan(chosen, chosenScenarios(), rounds, seed, AuditPlan.SILENCE);
    PrintWriter out = spec.commandLine().getOut();
    if (list) {
      if (json) {
        new AuditJson(out).list(plan);
      } else {
        new AuditText(out).list(plan);
      }
      return 0;
    }
    List<RuntimeAdapter> played =
        chosen.stream().filter(runtime -> !plan.scenarios(runtime).isEmpty()).toList();
    if (played.isEmpty()) {
      throw refused(
          "none of the chosen scenarios applies to any of the chosen runtimes (see --list)");
    }
    PrintWriter err = spec.commandLine().getErr();
    AuditPlan all = new AuditPlan(played, plan.scenarios(), rounds, seed, AuditPlan.SILENCE);
    List<Audited> audited =
        new Auditor(all, new AuditProgress(err, played.size(), noProgress)).audit();
    if (json) {
      new AuditJson(out).print(audited);
    } else {
      new AuditText(out).print(audited, !runtimes.isEmpty());
    }
    audited.stream().filter(each -> !each.good()).forEach(this::complain);
    return audited.stream().allMatch(Audited::good) ? 0 : 1;
  }

  private List<RuntimeAdapter> chosenRuntimes() {
    List<String> names = known.stream().map(RuntimeAdapter::name).toList();
    Set<String> wanted = chosen("--runtime", runtimes, names);
    return known.stream()
        .filter(runtime -> wanted.isEmpty() || wanted.contains(runtime.name()))
        .toList();
  }

  private List<Scenario> chosenScenarios() {
    List<String> names = Arrays.stream(Scenario.values()).map(Scenario::id).toList();
    Set<String> wanted = chosen("--scenario", scenarios, names);
    return Arrays.stream(Scenario.values())
        .filter(scenario -> wanted.isEmpty() || wanted.contains(scenario.id()))
        .toList();
  }

  private Set<String> chosen(String option, List<String> given, List<String> names) {
    Set<String> chosen = new LinkedHashSet<>();
    for (String name : given) {
      if (!names.contains(name)) {
        throw refused(
            "there is no "
                + option.substring(2)
                + " '"
                + name
                + "'; there are: "
                + String.join(", ", names));
      }
      if (!chosen.add(name)) {
        throw refused(option + " " + name + " was given twice");
      }
    }
    return chosen;
  }

  private void complain(Audited audited) {
    PrintWriter err = spec.commandLine().getErr();
    List<String> wrong = new ArrayList<>();
    audited
        .results()
        .forEach(result -> {
          if (audited.runtime() instanceof Canary canary) {
            if (result.verdict() != canary.expected()) {
              wrong.add(result.scenario().id() + " " + result.verdict());
            }
          } else if (!result.findings().isEmpty()) {
            wrong.add(result.scenario().id() + " " + result.verdict());
          }
        });
    String list = wrong.stream().collect(Collectors.joining(", "));
    err.println(
        spec.qualifiedName()
            + ": "
            + audited.runtime().name()
            + (audited.runtime() instanceof Canary canary
                ? " was not caught: expected " + canary.expected() + " everywhere, found "
                : " is not safe: ")
            + list);
    err.flush();
  }

  private ParameterException refused(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
