// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import dev.holdfast.slot.Here;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What a runtime could leave behind in the JVM: threads, shutdown hooks, entries of a registry. */
public final class VmState {

  private VmState() {}

  /** Returns the live platform threads whose name begins with {@code prefix}. */
  public static List<Thread> threads(String prefix) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(prefix))
        .toList();
  }

  /** Returns the names of the registered shutdown hooks that begin with {@code prefix}. */
  public static Set<String> shutdownHooks(String prefix) {
    Map<?, ?> hooks = (Map<?, ?>) read("java.lang.ApplicationShutdownHooks", "hooks");
    synchronized (hookLock()) {
      return hooks.keySet().stream()
          .map(hook -> ((Thread) hook).getName())
          .filter(name -> name.startsWith(prefix))
          .collect(Collectors.toSet());
    }
  }

  /** Returns the threads of user's factories that are known as members of a runtime. */
  public static Set<Object> adopted() {
    return Set.copyOf(((Map<?, ?>) read(Here.class.getName(), "ADOPTED")).keySet());
  }

  /** Returns how many threads have thread-exit values that are not destroyed. */
  public static long threadsWithValues() {
    return (long) read("dev.holdfast.slot.ExitingThread", "owners");
  }

  private static Object hookLock() {
    return named("java.lang.ApplicationShutdownHooks");
  }

  private static Object read(String owner, String field) {
    try {
      Field found = named(owner).getDeclaredField(field);
      found.setAccessible(true);
      return found.get(null);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(owner + " has no " + field + " to look at", e);
    }
  }

  private static Class<?> named(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}
