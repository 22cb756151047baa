// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Setup;
import java.util.List;

/**
 * The JDK's structured scopes, a preview of JDK 25.
 *
 * <p>The javadoc of {@code StructuredTaskScope} and JEP 505 have the scope's owner fork the
 * subtasks, join them, and close the scope, in a try-with-resources statement. What the owner has
 * opened before that, its subtasks use, and it closes it after the scope: so the values are the
 * owner's.
 */
final class StructuredScopeAdapter implements RuntimeAdapter {

  @Override
  public String name() {
    return "structured-task-scope";
  }

  @Override
  public String version() {
    return Versions.ofJdk() + " preview";
  }

  @Override
  public String arming() {
    return "resources of the scope's owner";
  }

  @Override
  public List<String> ways() {
    return AuditedScope.WAYS;
  }

  @Override
  public List<String> jvmOptions() {
    return List.of("--enable-preview");
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    return new AuditedScope(setup);
  }
}
