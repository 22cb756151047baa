// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

/** The source of the plugin that tests of class-loader release load. */
final class ReleasedPlugin {

  static final String NAME = "plugin.Plugin";

  /** It is called with what to do and what to do it with: mostly a log, which its values write. */
  static final String SOURCE =
      """
      package plugin;

      import dev.holdfast.local.*;
      import java.lang.foreign.Arena;
      import java.util.concurrent.Callable;
      import java.util.concurrent.CountDownLatch;
      import java.util.function.*;

      public final class Plugin implements BiFunction<String, Object, Object> {

        static Consumer<String> log = text -> {};

        public static final class Value implements AutoCloseable, Supplier<String> {
          final String name;
          Value(String name) {
            this.name = name;
            log.accept("made " + name);
          }
          @Override public String get() { return name; }
          @Override public void close() {
            log.accept("destroyed " + name + " on " + Thread.currentThread().getName());
            if (name.equals("failing")) {
              throw new Broken("as told", new Broken("cause", null));
            }
            if (name.equals("reader")) {
              log.accept("reads " + FIRST.with(Value::get));
            }
            if (name.equals("maker")) {
              UNUSED.update(value -> {});
            }
          }
        }

        public static final class Broken extends RuntimeException {
          Broken(String message, Throwable cause) { super(message, cause); }
        }

        static WorkerLocal<Value> local(String name) {
          return WorkerLocal.builder(() -> new Value(name)).name(name).build();
        }

        static final WorkerLocal<Value> FIRST = local("first");
        static final WorkerLocal<Value> SECOND =
            WorkerLocal.builder(() -> new Value("second")).name("second").destructor(Value::close).build();
        static final WorkerLocal<Value> LEASED = WorkerLocal.builder(() -> new Value("leased"))
            .name("leased").leases(2).overflow(LeaseOverflow.TEMPORARY).build();
        static final WorkerLocal<Value> FAILING = local("failing");
        static final WorkerLocal<Value> READER = local("reader");
        static final WorkerLocal<Value> MAKER = local("maker");
        static final WorkerLocal<Value> UNUSED = local("unused");
        static final TaskLocal<Value> OF_TASK = TaskLocal.<Value>builder(() -> new Value("of task"))
            .name("of task").build();
        static final ThreadExitLocal<Value> OF_THREAD =
            ThreadExitLocal.<Value>builder(() -> new Value("of thread")).name("of thread").build();
        static final WorkerLocal<Arena> NATIVE = WorkerLocal.of(Arena::ofShared);

        static WorkerLocal<Value> named(String name) {
          return switch (name) {
            case "first" -> FIRST;
            case "second" -> SECOND;
            case "leased" -> LEASED;
            case "failing" -> FAILING;
            case "reader" -> READER;
            case "maker" -> MAKER;
            default -> UNUSED;
          };
        }

        @Override
        @SuppressWarnings("unchecked")
        public Object apply(String what, Object with) {
          switch (what) {
            case "log" -> log = (Consumer<String>) with;
            case "with" -> named((String) with).update(value -> {});
            case "ref" -> { return named((String) with).ref(); }
            case "lease" -> { return named((String) with).lease(); }
            case "guard" -> { return named((String) with).guard(); }
            case "run inside with" -> FIRST.update(value -> ((Runnable) with).run());
            case "of task" -> OF_TASK.get();
            case "of thread" -> OF_THREAD.get();
            case "of thread on owner" -> FIRST.onOwner(value -> OF_THREAD.get());
            case "native" -> NATIVE.ref().get().allocate((Long) with);
            case "body" -> {
              return (Callable<String>) () -> {
                FIRST.update(value -> {});
                ((Runnable) with).run();
                return "done";
              };
            }
            case "body only" -> {
              return (Callable<String>) () -> {
                ((Runnable) with).run();
                return "done";
              };
            }
            case "runnable" -> {
              return (Runnable) () -> {
                ((Runnable) with).run();
              };
            }
            case "local with" -> {
              return WorkerLocal.of((Supplier<Object>) with);
            }
            case "supplier" -> {
              return (Supplier<Object>) () -> new Value("supplied");
            }
            case "value" -> { return new Value("given away"); }
            default -> throw new IllegalArgumentException(what);
          }
          return null;
        }
      }
      """;

  private ReleasedPlugin() {}
}
