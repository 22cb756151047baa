// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification.tla;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A specification that is wrong in one place, and must be rejected.
 *
 * @param module the module that it is a variant of
 * @param breaks what is wrong, as the module's constant {@code Break} calls it
 * @param property what it is to violate, and is checked for alone
 * @param specification the formula that states the behaviours; {@code Spec} if the property is an
 *     invariant
 * @param constants those that differ from the module's short form
 */
record Canary(
    String module,
    String breaks,
    String property,
    String specification,
    Map<String, String> constants) {

  /** The one property of a plain specification that is no invariant. */
  private static final String OF_STEPS = "PhasesGoForward";

  private static final String SYMMETRY = "SYMMETRY ";

  /** Reads a list of them: a line for each, its columns separated by blanks. */
  static List<Canary> parse(List<String> lines) {
    List<Canary> found = new ArrayList<>();
    for (String line : lines) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] words = line.trim().split("\\s+", -1);
      if (words.length < 4) {
        throw new IllegalArgumentException(
            "a canary has a module, a break, a property and a specification, but there is: "
                + line);
      }
      Map<String, String> constants = new TreeMap<>();
      for (int i = 4; i < words.length; i++) {
        String[] pair = words[i].split("=", 2);
        if (pair.length != 2) {
          throw new IllegalArgumentException(
              "a constant is given as NAME=VALUE, but there is " + words[i] + " in: " + line);
        }
        constants.put(pair[0], pair[1]);
      }
      found.add(new Canary(words[0], words[1], words[2], words[3], constants));
    }
    return found;
  }

  /** Returns its configuration, made of the module's short form. */
  String configuration(List<String> shortForm) {
    StringBuilder text = new StringBuilder("SPECIFICATION " + specification + "\nCONSTANTS\n");
    Map<String, String> all = constantsOf(shortForm);
    constants.forEach((name, value) -> {
      if (all.replace(name, value) == null) {
        throw new IllegalArgumentException(
            module + " has no constant " + name + ", which canary " + this + " sets");
      }
    });
    all.replace("Break", '"' + breaks + '"');
    all.forEach((name, value) -> text.append("  " + name + " = " + value + "\n"));
    boolean invariant = specification.equals("Spec") && !property.equals(OF_STEPS);
    text.append(invariant ? "INVARIANT " : "PROPERTY ").append(property).append("\n");
    if (specification.equals("Spec")) {
      // Allowed wherever no liveness is asked for.
      shortForm.stream().filter(line -> line.startsWith(SYMMETRY)).forEach(text::append);
    }
    return text.toString();
  }

  private static Map<String, String> constantsOf(List<String> configuration) {
    Map<String, String> found = new TreeMap<>();
    for (String line : configuration) {
      String[] pair = line.split(" = ", 2);
      if (line.startsWith("  ") && pair.length == 2) {
        found.put(pair[0].trim(), pair[1].trim());
      }
    }
    return found;
  }

  @Override
  public String toString() {
    return module + "/" + breaks + " against " + property;
  }
}
