// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.BugCheckerRefactoringTestHelper;
import com.google.errorprone.CompilationTestHelper;
import org.junit.jupiter.api.Test;

/** {@link WorkerLocalNotStatic} on locals that are made often and locals that are made once. */
final class WorkerLocalNotStaticTest {

  private final CompilationTestHelper compilation =
      CompilationTestHelper.newInstance(WorkerLocalNotStatic.class, getClass());

  private final BugCheckerRefactoringTestHelper refactoring =
      BugCheckerRefactoringTestHelper.newInstance(WorkerLocalNotStatic.class, getClass());

  @Test
  void findsALocalOfOneCall() {
    compilation
        .addSourceLines(
            "Codec.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;
            import dev.holdfast.memory.WorkerArena;
            import java.lang.foreign.Arena;

            class Codec {
              int encode(int size) {
                // BUG: Diagnostic contains: made for each call of encode()
                WorkerLocal<byte[]> buffers = WorkerLocal.of(() -> new byte[size]);
                try (Lease<byte[]> lease = buffers.lease()) {
                  return lease.get().length;
                }
              }

              void named() {
                WorkerLocal<StringBuilder> texts =
                    // BUG: Diagnostic contains: static final field
                    WorkerLocal.builder(StringBuilder::new).name("texts").build();
                texts.update(text -> text.append(texts.name()));
              }

              long arena() {
                // BUG: Diagnostic contains: This WorkerArena is made for each call of arena()
                WorkerArena memory = WorkerArena.create();
                try (Arena scope = memory.open()) {
                  return scope.allocate(8).byteSize();
                }
              }
            }
            """)
        .doTest();
  }

  @Test
  void findsALocalOfOneUse() {
    compilation
        .addSourceLines(
            "Codec.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;

            class Codec {
              int encode() {
                // BUG: Diagnostic contains: made for one use of it
                try (Lease<byte[]> lease = WorkerLocal.of(() -> new byte[8]).lease()) {
                  return lease.get().length;
                }
              }

              int count() {
                // BUG: Diagnostic contains: made for one use of it
                return (WorkerLocal.of(() -> new int[1])).with(each -> each[0]++);
              }
            }
            """)
        .doTest();
  }

  @Test
  void findsALocalOfOneTask() {
    compilation
        .addSourceLines(
            "Server.java",
            """
            import dev.holdfast.local.WorkerLocal;
            import dev.holdfast.runtime.WorkerRuntime;

            class Server {
              public static void main(String[] args) {
                try (WorkerRuntime runtime = WorkerRuntime.start()) {
                  for (int i = 0; i < 10; i++) {
                    runtime.execute(() -> {
                      // BUG: Diagnostic contains: made for each call
                      WorkerLocal<int[]> counts = WorkerLocal.of(() -> new int[1]);
                      counts.update(count -> count[0]++);
                    });
                  }
                }
              }
            }
            """)
        .doTest();
  }

  @Test
  void findsALocalOfEachObject() {
    compilation
        .addSourceLines(
            "Request.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;

            class Request {
              private static final int SIZE = 8192;

              // BUG: Diagnostic contains: made for each object of class Request
              private final WorkerLocal<byte[]> buffers = WorkerLocal.of(() -> new byte[SIZE]);

              int read() {
                try (Lease<byte[]> lease = this.buffers.lease()) {
                  return lease.get().length;
                }
              }
            }
            """)
        .doTest();
  }

  @Test
  void allowsConstants() {
    compilation
        .addSourceLines(
            "Codec.java",
            """
            import dev.holdfast.local.WorkerLocal;

            class Codec {
              static final WorkerLocal<byte[]> BUFFERS = WorkerLocal.of(() -> new byte[8]);
              static WorkerLocal<byte[]> late;
              static {
                WorkerLocal<byte[]> local = WorkerLocal.of(() -> new byte[8]);
                local.update(each -> each[0]++);
              }

              interface Names {
                WorkerLocal<StringBuilder> TEXTS = WorkerLocal.of(StringBuilder::new);
              }

              static void configure() {
                late = WorkerLocal.of(() -> new byte[8]);
              }
            }
            """)
        .doTest();
  }

  @Test
  void allowsWhatBelongsToARuntime() {
    compilation
        .addSourceLines(
            "Server.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;
            import dev.holdfast.runtime.WorkerRuntime;

            class Server {
              private final WorkerRuntime runtime = WorkerRuntime.start();
              private final WorkerLocal<byte[]> buffers = WorkerLocal.of(() -> new byte[8]);

              int read() {
                try (Lease<byte[]> lease = buffers.lease()) {
                  return lease.get().length;
                }
              }

              static void program() {
                WorkerLocal<int[]> counts = WorkerLocal.of(() -> new int[1]);
                try (WorkerRuntime own = WorkerRuntime.builder().workers(2).start()) {
                  own.execute(() -> counts.update(count -> count[0]++));
                }
              }

              static void measure(WorkerRuntime given) {
                WorkerLocal<int[]> counts = WorkerLocal.of(() -> new int[1]);
                given.execute(() -> counts.update(count -> count[0]++));
              }
            }
            """)
        .addSourceLines(
            "Program.java",
            """
            import dev.holdfast.local.WorkerLocal;

            class Program {
              public static void main(String[] args) {
                WorkerLocal<int[]> counts = WorkerLocal.of(() -> new int[1]);
                counts.update(count -> count[0]++);
              }
            }
            """)
        .doTest();
  }

  @Test
  void allowsWhatHasSomethingOfItsObject() {
    compilation
        .addSourceLines(
            "Pool.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;
            import java.util.function.Supplier;

            class Pool<T> {
              private final int size = Integer.getInteger("size");
              private final WorkerLocal<byte[]> sized = WorkerLocal.of(() -> new byte[size]);
              private final WorkerLocal<byte[]> made = WorkerLocal.of(this::make);
              private final WorkerLocal<byte[]> called = WorkerLocal.of(() -> make());
              private final WorkerLocal<Part> inner = WorkerLocal.of(Part::new);
              private final WorkerLocal<Object> other = WorkerLocal.of(() -> new Part());
              private final WorkerLocal<Supplier<T>> generic = WorkerLocal.of(() -> () -> null);
              private final WorkerLocal<T> given;
              // Counts of this object: shared by all, they would be other numbers.
              private final WorkerLocal<int[]> counts = WorkerLocal.of(() -> new int[1]);

              Pool(Supplier<T> given) {
                this.given = WorkerLocal.of(given);
              }

              class Part {}

              byte[] make() {
                return new byte[size];
              }

              void use() {
                try (Lease<byte[]> one = sized.lease();
                    Lease<byte[]> two = made.lease();
                    Lease<byte[]> three = called.lease();
                    Lease<Part> four = inner.lease();
                    Lease<Object> five = other.lease();
                    Lease<Supplier<T>> six = generic.lease();
                    Lease<T> seven = given.lease()) {
                  counts.update(count -> count[0]++);
                }
              }
            }
            """)
        .doTest();
  }

  @Test
  void allowsSingleObjects() {
    compilation
        .addSourceLines(
            "Codecs.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;

            enum Codecs {
              FAST, SMALL;

              private final WorkerLocal<byte[]> buffers = WorkerLocal.of(() -> new byte[8]);

              int read() {
                try (Lease<byte[]> lease = buffers.lease()) {
                  return lease.get().length;
                }
              }
            }
            """)
        .addSourceLines(
            "Registry.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;

            final class Registry {
              static final Registry SHARED = new Registry();

              private final WorkerLocal<byte[]> buffers = WorkerLocal.of(() -> new byte[8]);

              int read() {
                try (Lease<byte[]> lease = buffers.lease()) {
                  return lease.get().length;
                }
              }
            }
            """)
        .addSourceLines(
            "Service.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;

            @Service.Singleton
            final class Service {
              @interface Singleton {}

              private final WorkerLocal<byte[]> buffers = WorkerLocal.of(() -> new byte[8]);

              int read() {
                try (Lease<byte[]> lease = buffers.lease()) {
                  return lease.get().length;
                }
              }
            }
            """)
        .doTest();
  }

  @Test
  void allowsWhatIsMadeOfGivenObjects() {
    compilation
        .addSourceLines(
            "World.java",
            """
            import dev.holdfast.local.WorkerLocal;
            import java.util.List;

            class World {
              Object make() {
                return this;
              }

              void scenario() {
                WorkerLocal<Object> own = WorkerLocal.of(() -> make());
                own.update(each -> each.hashCode());
              }

              static void of(List<Object> books) {
                WorkerLocal<Object> noted = WorkerLocal.of(Object::new, each -> books.add(each));
                noted.update(each -> each.hashCode());
              }
            }
            """)
        .doTest();
  }

  @Test
  void allowsWhatIsHandedOn() {
    compilation
        .addSourceLines(
            "Locals.java",
            """
            import dev.holdfast.local.WorkerLocal;
            import java.util.ArrayList;
            import java.util.List;

            class Locals {
              final List<WorkerLocal<?>> all = new ArrayList<>();
              WorkerLocal<byte[]> kept;
              final WorkerLocal<byte[]> seen = WorkerLocal.of(() -> new byte[8]);

              WorkerLocal<byte[]> made() {
                return WorkerLocal.of(() -> new byte[8]);
              }

              void keep() {
                all.add(WorkerLocal.of(StringBuilder::new));
                WorkerLocal<byte[]> local = WorkerLocal.of(() -> new byte[8]);
                local.update(each -> each[0]++);
                kept = local;
              }

              WorkerLocal<byte[]> warm() {
                WorkerLocal<byte[]> local = WorkerLocal.of(() -> new byte[8]);
                local.update(each -> each[0]++);
                return local;
              }
            }
            """)
        .doTest();
  }

  @Test
  void allowsTests() {
    compilation
        .addSourceLines(
            "LocalsTest.java",
            """
            import dev.holdfast.local.WorkerLocal;

            class LocalsTest {
              void counts() {
                WorkerLocal.of(() -> new int[1]).update(each -> each[0]++);
              }
            }
            """)
        .addSourceLines(
            "Checks.java",
            """
            import dev.holdfast.local.WorkerLocal;
            import org.junit.jupiter.api.Test;

            class Checks {
              @Test
              void counts() {
                WorkerLocal.of(() -> new int[1]).update(each -> each[0]++);
              }
            }
            """)
        .doTest();
  }

  @Test
  void canBeSuppressed() {
    compilation
        .addSourceLines(
            "Codec.java",
            """
            import dev.holdfast.local.WorkerLocal;

            class Codec {
              @SuppressWarnings("WorkerLocalNotStatic") // made once, by a start script
              void encode() {
                WorkerLocal.of(() -> new int[1]).update(each -> each[0]++);
              }
            }
            """)
        .doTest();
  }

  @Test
  void makesTheFieldStatic() {
    refactoring
        .addInputLines(
            "Request.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;

            class Request {
              private final WorkerLocal<StringBuilder> texts =
                  WorkerLocal.builder(StringBuilder::new).name("texts").build();

              int read() {
                try (Lease<StringBuilder> lease = texts.lease()) {
                  return lease.get().length();
                }
              }
            }
            """)
        .addOutputLines(
            "Request.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;

            class Request {
              private static final WorkerLocal<StringBuilder> texts =
                  WorkerLocal.builder(StringBuilder::new).name("texts").build();

              int read() {
                try (Lease<StringBuilder> lease = texts.lease()) {
                  return lease.get().length();
                }
              }
            }
            """)
        .doTest();
  }

  @Test
  void leavesACallToItsAuthor() {
    refactoring
        .addInputLines(
            "Codec.java",
            """
            import dev.holdfast.local.WorkerLocal;

            class Codec {
              void encode() {
                WorkerLocal<int[]> counts = WorkerLocal.of(() -> new int[1]);
                counts.update(count -> count[0]++);
              }
            }
            """)
        .expectUnchanged()
        .doTest();
  }
}
