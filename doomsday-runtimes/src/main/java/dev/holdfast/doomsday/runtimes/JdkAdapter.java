// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedExecutor;
import dev.holdfast.doomsday.RuntimeAdapter;
import java.util.List;

/**
 * An executor of the JDK, with the three ways to end one that {@code ExecutorService} documents.
 */
abstract class JdkAdapter implements RuntimeAdapter {

  private final String name;

  JdkAdapter(String name) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String version() {
    return Versions.ofJdk();
  }

  @Override
  public String arming() {
    return "thread factory";
  }

  @Override
  public List<String> ways() {
    return List.of(AuditedExecutor.SHUTDOWN, AuditedExecutor.SHUTDOWN_NOW, AuditedExecutor.CLOSE);
  }
}
