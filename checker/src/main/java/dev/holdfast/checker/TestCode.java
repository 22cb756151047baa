// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.VisitorState;
import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import java.util.Set;

/**
 * Tells tests and benchmarks from other code: they make on purpose, for a moment, what a program
 * makes once.
 */
final class TestCode {

  private static final Set<String> OTHER_MARKS =
      Set.of("Benchmark", "BeforeEach", "AfterEach", "BeforeAll", "Before", "After", "Property");

  private TestCode() {}

  /** Whether the file is one of a test or benchmark. */
  static boolean contains(VisitorState state) {
    if (state.errorProneOptions().isTestOnlyTarget()) {
      return true;
    }
    CompilationUnitTree unit = state.getPath().getCompilationUnit();
    for (Tree type : unit.getTypeDecls()) {
      if (type instanceof ClassTree top && isTest(top)) {
        return true;
      }
    }
    return String.valueOf(unit.getSourceFile().toUri()).contains("/src/test/");
  }

  private static boolean isTest(ClassTree type) {
    String name = type.getSimpleName().toString();
    if (name.endsWith("Test") || name.endsWith("Tests")) {
      return true;
    }
    for (Tree member : type.getMembers()) {
      if (member instanceof ClassTree inner && isTest(inner)) {
        return true;
      }
      if (member instanceof MethodTree method && isMarked(method)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isMarked(MethodTree method) {
    for (AnnotationTree each : method.getModifiers().getAnnotations()) {
      String name = simpleName(each.getAnnotationType());
      if (name.endsWith("Test") || OTHER_MARKS.contains(name)) {
        return true;
      }
    }
    return false;
  }

  private static String simpleName(Tree type) {
    return switch (type) {
      case IdentifierTree simple -> simple.getName().toString();
      case MemberSelectTree qualified -> qualified.getIdentifier().toString();
      default -> "";
    };
  }
}
