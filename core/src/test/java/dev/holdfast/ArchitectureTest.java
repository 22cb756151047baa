// SPDX-License-Identifier: Apache-2.0
package dev.holdfast;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.AccessibleObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The one-way arrows between core's packages, and what its code may not do. Every rule is also run
 * over {@code dev.holdfast.canary}, which breaks each of them once, so that a rule that has gone
 * blind is noticed.
 */
class ArchitectureTest {

  private static final String ROOT = "dev.holdfast";
  private static final String CANARY = "dev.holdfast.canary";

  /**
   * Which of our packages each of our packages may use. A new package has to say where it stands.
   */
  private static final Map<String, Set<String>> ARROWS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry(
                  "runtime",
                  Set.of("scheduler", "striped", "shutdown", "slot", "jdk", "sanitizer")),
              Map.entry("batch", Set.of("local", "slot", "jdk")),
              Map.entry("memory", Set.of("local", "slot", "jdk")),
              Map.entry("local", Set.of("shutdown", "slot", "jdk", "sanitizer")),
              Map.entry("scheduler", Set.of("shutdown", "slot", "jdk")),
              Map.entry("striped", Set.of("shutdown", "slot")),
              Map.entry("shutdown", Set.of()),
              Map.entry("slot", Set.of("shutdown", "jdk", "sanitizer")),
              Map.entry("sanitizer", Set.of("shutdown")),
              Map.entry("jdk", Set.of()),
              Map.entry("agent", Set.of())));

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);
  private static final JavaClasses CANARIES = new ClassFileImporter().importPackages(CANARY);

  @ParameterizedTest
  @MethodSource("namesOfRules")
  void coreKeepsTheRule(String rule) {
    rules(ROOT).get(rule).check(CORE);
  }

  @ParameterizedTest
  @MethodSource("namesOfRules")
  void theCanaryBreaksTheRule(String rule) {
    assertThat(rules(CANARY).get(rule).evaluate(CANARIES).hasViolation()).isTrue();
  }

  static List<String> namesOfRules() {
    return new ArrayList<>(rules(ROOT).keySet());
  }

  private static Map<String, ArchRule> rules(String root) {
    Map<String, ArchRule> rules = new TreeMap<>();
    ARROWS.forEach((from, to) -> rules.put(from + " uses only " + to, usesOnly(root, from, to)));
    rules.put(
        "every package is in the table of arrows",
        classes()
            .that(not(resideInAPackage(root)))
            .should()
            .resideInAnyPackage(packages(root, ARROWS.keySet())));
    rules.put(
        "no cycles between packages", slices().matching(root + ".(*)..").should().beFreeOfCycles());
    rules.put("only jdk opens what is closed", opensNothing(root));
    rules.put("core prints nothing", touchesNoStandardStream());
    rules.put("core reads no environment and ends no JVM", leavesTheProcessAlone());
    rules.put("core has the JDK compare no records", comparesNoRecords());
    return rules;
  }

  private static ArchRule usesOnly(String root, String from, Set<String> to) {
    List<String> forbidden = new ArrayList<>(ARROWS.keySet());
    forbidden.remove(from);
    forbidden.removeAll(to);
    return noClasses()
        .that()
        .resideInAPackage(root + "." + from + "..")
        .should()
        .dependOnClassesThat(resideInAnyPackage(packages(root, forbidden)))
        .allowEmptyShould(true);
  }

  private static ArchRule opensNothing(String root) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(root + ".jdk..")
        .should()
        .callMethod(AccessibleObject.class, "setAccessible", boolean.class)
        .orShould()
        .callMethod(MethodHandles.class, "privateLookupIn", Class.class, MethodHandles.Lookup.class)
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage("jdk.internal..", "sun..");
  }

  private static ArchRule touchesNoStandardStream() {
    return noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(Throwable.class, "printStackTrace");
  }

  private static ArchRule leavesTheProcessAlone() {
    return noClasses()
        .should()
        .callMethod(System.class, "getenv")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .callMethod(System.class, "exit", int.class);
  }

  /** The JDK keeps the class of the last record whose own methods of these were linked, softly. */
  private static ArchRule comparesNoRecords() {
    return noClasses()
        .should()
        .callMethodWhere(
            DescribedPredicate.describe(
                "equals or hashCode of a record",
                call ->
                    call.getTargetOwner().isRecord()
                        && Set.of("equals", "hashCode").contains(call.getName())));
  }

  private static String[] packages(String root, Iterable<String> names) {
    List<String> packages = new ArrayList<>();
    names.forEach(name -> packages.add(root + "." + name + ".."));
    return packages.toArray(new String[0]);
  }
}
