// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

/** The source of a plugin that makes what it is given its own code: whatever is called is its. */
final class WrappingPlugin {

  static final String NAME = "plugin.Wrapping";

  static final String SOURCE =
      """
      package plugin;

      import java.util.concurrent.Callable;
      import java.util.function.*;

      public final class Wrapping implements BiFunction<String, Object, Object> {

        public static final class Unspeakable extends RuntimeException {
          @Override public String toString() { throw new NoClassDefFoundError("plugin.Text"); }
        }

        @Override
        @SuppressWarnings("unchecked")
        public Object apply(String what, Object with) {
          return switch (what) {
            case "supplier" -> (Supplier<Object>) () -> ((Supplier<Object>) with).get();
            case "callable" -> (Callable<Object>) () -> ((Callable<Object>) with).call();
            case "consumer" -> (Consumer<Object>) value -> ((Consumer<Object>) with).accept(value);
            case "value" -> new Object[] {new Wrapping()}[0];
            case "unspeakable" -> new Unspeakable();
            default -> throw new IllegalArgumentException(what);
          };
        }
      }
      """;

  private WrappingPlugin() {}
}
