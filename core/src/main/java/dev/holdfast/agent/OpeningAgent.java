// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.agent;

import java.lang.instrument.Instrumentation;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The agent that opens {@code java.lang} to this library, in place of the flag: {@code
 * -javaagent:holdfast-core.jar}, or {@code Launcher-Agent-Class} in the manifest of the main jar.
 *
 * <p>It opens one package to the module of this class, and does nothing else: no class is changed.
 * A copy of the library that another class loader has loaded is not reached.
 */
public final class OpeningAgent {

  private OpeningAgent() {}

  /** Called before {@code main}, for {@code -javaagent}. */
  public static void premain(@Nullable String arguments, Instrumentation instrumentation) {
    open(instrumentation);
  }

  /** Called before {@code main} for {@code Launcher-Agent-Class}, or when an agent is attached. */
  public static void agentmain(@Nullable String arguments, Instrumentation instrumentation) {
    open(instrumentation);
  }

  private static void open(Instrumentation instrumentation) {
    instrumentation.redefineModule(
        Thread.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of("java.lang", Set.of(OpeningAgent.class.getModule())),
        Set.of(),
        Map.of());
  }
}
