// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeElement;
import java.lang.classfile.MethodModel;
import java.lang.classfile.constantpool.StringEntry;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of internals says what this JVM has, and names all that the code looks up. */
final class InternalsTest {

  private static final Set<String> LOOKUPS =
      Set.of(
          "findStatic",
          "findVirtual",
          "findGetter",
          "findVarHandle",
          "getDeclaredField",
          "forName");

  @Test
  void thisJvmHasAllOfThem() {
    assertThat(Internals.absent()).isEmpty();
    assertThat(Internals.found())
        .doesNotHaveDuplicates()
        .contains(
            "java.lang.ThreadBuilders.newVirtualThread()", "java.lang.VirtualThread.carrierThread");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"VirtualThreads$Found", "Opening", "IoPollers", "LockOwners", "MemorySessions"})
  void whatIsLookedUpByNameIsListed(String holder) throws IOException {
    assertThat(lookedUp(holder))
        .isNotEmpty()
        .allSatisfy(name ->
            assertThat(Internals.found())
                .as(name)
                .anyMatch(found ->
                    found.equals(name)
                        || found.startsWith(name + ".")
                        || found.endsWith("." + name)
                        || found.endsWith("." + name + "()")));
  }

  /** The last string constant before each lookup, if it is a constant. */
  private static Set<String> lookedUp(String holder) throws IOException {
    Set<String> names = new HashSet<>();
    for (MethodModel method : ClassFile.of().parse(bytes(holder)).methods()) {
      String last = null;
      for (CodeElement element : method.code().map(code -> code.elementList()).orElse(List.of())) {
        if (element instanceof ConstantInstruction.LoadConstantInstruction load
            && load.constantEntry() instanceof StringEntry string) {
          last = string.stringValue();
        } else if (element instanceof InvokeInstruction invoke
            && LOOKUPS.contains(invoke.name().stringValue())
            && last != null) {
          names.add(last);
        }
      }
    }
    return names;
  }

  private static byte[] bytes(String holder) throws IOException {
    try (InputStream in = Internals.class.getResourceAsStream(holder + ".class")) {
      return Objects.requireNonNull(in, holder).readAllBytes();
    }
  }
}
