// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.BugCheckerRefactoringTestHelper;
import com.google.errorprone.CompilationTestHelper;
import org.junit.jupiter.api.Test;

/** {@link ThreadLocalCache} on caches and on what only looks like one. */
final class ThreadLocalCacheTest {

  private final CompilationTestHelper compilation =
      CompilationTestHelper.newInstance(ThreadLocalCache.class, getClass());

  private final BugCheckerRefactoringTestHelper refactoring =
      BugCheckerRefactoringTestHelper.newInstance(ThreadLocalCache.class, getClass());

  @Test
  void findsCachesOfKnownTypes() {
    compilation
        .addSourceLines(
            "Caches.java",
            """
            import java.lang.ref.SoftReference;
            import java.nio.ByteBuffer;
            import java.security.MessageDigest;
            import java.text.DateFormat;
            import java.text.SimpleDateFormat;
            import java.util.Random;

            class Caches {
              private static final ThreadLocal<byte[]> BUFFER =
                  // BUG: Diagnostic contains: 'BUFFER' keeps a byte[]
                  ThreadLocal.withInitial(() -> new byte[8192]);

              static final ThreadLocal<StringBuilder> TEXT =
                  // BUG: Diagnostic contains: 'TEXT' keeps a StringBuilder
                  ThreadLocal.withInitial(StringBuilder::new);

              static final ThreadLocal<ByteBuffer> OFF_HEAP =
                  // BUG: Diagnostic contains: take it by lease()
                  ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(64));

              static final ThreadLocal<DateFormat> DATES =
                  // BUG: Diagnostic contains: keeps a SimpleDateFormat
                  (ThreadLocal.withInitial(() -> new SimpleDateFormat("y")));

              final ThreadLocal<SoftReference<char[]>> soft =
                  // BUG: Diagnostic contains: 'soft' keeps a char[]
                  ThreadLocal.withInitial(() -> new SoftReference<>(new char[100]));

              static final ThreadLocal<SimpleDateFormat> TIMES =
                  // BUG: Diagnostic contains: DateTimeFormatter is immutable
                  ThreadLocal.withInitial(() -> {
                    return new SimpleDateFormat("h");
                  });

              // BUG: Diagnostic contains: ThreadLocalRandom.current()
              static final ThreadLocal<Random> RANDOM = ThreadLocal.withInitial(Random::new);

              static final ThreadLocal<MessageDigest> SHA256;
              static {
                // BUG: Diagnostic contains: 'SHA256' keeps a MessageDigest
                SHA256 = ThreadLocal.withInitial(Caches::sha256);
              }

              private static MessageDigest sha256() {
                try {
                  return MessageDigest.getInstance("SHA-256");
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              }
            }
            """)
        .doTest();
  }

  @Test
  void findsWhatOnlyTheInitialiserShows() {
    compilation
        .addSourceLines(
            "Caches.java",
            """
            import java.util.zip.Checksum;
            import java.util.zip.Deflater;

            class Caches {
              static final ThreadLocal<CharSequence> TEXT =
                  // BUG: Diagnostic contains: keeps a StringBuilder
                  ThreadLocal.withInitial(() -> new StringBuilder());

              // BUG: Diagnostic contains: keeps a Deflater
              static final ThreadLocal<Object> DEFLATER = ThreadLocal.withInitial(Deflater::new);
            }
            """)
        .doTest();
  }

  @Test
  void findsSubclasses() {
    compilation
        .addSourceLines(
            "Caches.java",
            """
            class Caches {
              static final ThreadLocal<StringBuilder> TEXT =
                  // BUG: Diagnostic contains: 'TEXT' keeps a StringBuilder
                  new ThreadLocal<>() {
                    @Override
                    protected StringBuilder initialValue() {
                      return new StringBuilder(80);
                    }
                  };

              static final class Buffers extends ThreadLocal<byte[]> {
                @Override
                protected byte[] initialValue() {
                  return new byte[8192];
                }
              }

              // BUG: Diagnostic contains: 'buffers' keeps a byte[]
              final Buffers buffers = new Buffers();
            }
            """)
        .doTest();
  }

  @Test
  void findsACacheThatGrows() {
    compilation
        .addSourceLines(
            "Caches.java",
            """
            import java.util.Arrays;

            class Caches {
              // BUG: Diagnostic contains: 'BUFFER' keeps a byte[]
              static final ThreadLocal<byte[]> BUFFER = ThreadLocal.withInitial(() -> new byte[64]);

              static byte[] atLeast(int size) {
                byte[] buffer = BUFFER.get();
                if (buffer.length < size) {
                  buffer = new byte[size];
                  BUFFER.set(buffer);
                }
                return buffer;
              }

              static void twice() {
                BUFFER.set(Arrays.copyOf(BUFFER.get(), 2 * BUFFER.get().length));
              }
            }
            """)
        .doTest();
  }

  @Test
  void findsACacheThatIsFilledOnDemand() {
    compilation
        .addSourceLines(
            "Caches.java",
            """
            import java.lang.ref.SoftReference;

            class Caches {
              // BUG: Diagnostic contains: 'TEXT' keeps a StringBuilder
              static final ThreadLocal<StringBuilder> TEXT = new ThreadLocal<>();
              // BUG: Diagnostic contains: 'SOFT' keeps a char[]
              static final ThreadLocal<SoftReference<char[]>> SOFT = new ThreadLocal<>();
              // BUG: Diagnostic contains: 'EMPTY' keeps a byte[]
              static final ThreadLocal<byte[]> EMPTY = new ThreadLocal<>() {};
              static final ThreadLocal<StringBuilder> JOURNAL = new ThreadLocal<>();
              static final ThreadLocal<byte[]> UNUSED = new ThreadLocal<>();

              static StringBuilder text() {
                StringBuilder text = TEXT.get();
                if (text == null) {
                  text = new StringBuilder();
                  TEXT.set(text);
                }
                text.setLength(0);
                return text;
              }

              static char[] chars() {
                SoftReference<char[]> soft = SOFT.get();
                char[] chars = soft == null ? null : soft.get();
                if (chars == null) {
                  chars = new char[100];
                  SOFT.set(new SoftReference<>(chars));
                }
                return chars;
              }

              static byte[] bytes() {
                if (EMPTY.get() == null) {
                  EMPTY.set(new byte[64]);
                }
                return EMPTY.get();
              }

              static void begin() {
                JOURNAL.set(new StringBuilder());
              }

              static void log(String line) {
                JOURNAL.get().append(line);
              }
            }
            """)
        .doTest();
  }

  @Test
  void allowsContext() {
    compilation
        .addSourceLines(
            "Context.java",
            """
            class Context {
              private static final ThreadLocal<StringBuilder> JOURNAL =
                  ThreadLocal.withInitial(StringBuilder::new);
              private static final ThreadLocal<byte[]> TRACE =
                  ThreadLocal.withInitial(() -> new byte[32]);
              private static final ThreadLocal<byte[]> COPY =
                  ThreadLocal.withInitial(() -> new byte[32]);
              private static final ThreadLocal<byte[]> NONE =
                  ThreadLocal.withInitial(() -> new byte[32]);
              private static final ThreadLocal<byte[]> LATE = new ThreadLocal<>();
              private static final ThreadLocal<StringBuilder> INHERITED =
                  new InheritableThreadLocal<>() {
                    @Override
                    protected StringBuilder initialValue() {
                      return new StringBuilder();
                    }
                  };

              static void log(String line) {
                JOURNAL.get().append(line);
              }

              static String end() {
                try {
                  return JOURNAL.get().toString();
                } finally {
                  JOURNAL.remove();
                }
              }

              static void enter(byte[] trace) {
                TRACE.set(trace);
                NONE.set(null);
                byte[] copy = trace;
                COPY.set(copy);
              }
            }
            """)
        .doTest();
  }

  @Test
  void allowsSmallValues() {
    compilation
        .addSourceLines(
            "Small.java",
            """
            import java.time.format.DateTimeFormatter;
            import java.util.ArrayList;
            import java.util.HashSet;
            import java.util.List;
            import java.util.Set;

            class Small {
              static final int ONE = 1;
              static final ThreadLocal<Boolean> ACTIVE = ThreadLocal.withInitial(() -> false);
              static final ThreadLocal<Integer> DEPTH = ThreadLocal.withInitial(() -> 0);
              static final ThreadLocal<int[]> COUNT = ThreadLocal.withInitial(() -> new int[ONE]);
              static final ThreadLocal<long[]> PAIR = ThreadLocal.withInitial(() -> new long[] {1, 2});
              static final ThreadLocal<boolean[]> MARKS =
                  ThreadLocal.withInitial(() -> new boolean[100]);
              static final ThreadLocal<Object[]> STATE = ThreadLocal.withInitial(() -> new Object[9]);
              static final ThreadLocal<int[]> LAST =
                  new ThreadLocal<>() {
                    @Override
                    protected int[] initialValue() {
                      return new int[4];
                    }
                  };
              static final ThreadLocal<Set<Object>> VISITED = ThreadLocal.withInitial(HashSet::new);
              static final ThreadLocal<List<String>> STACK = ThreadLocal.withInitial(ArrayList::new);
              static final ThreadLocal<DateTimeFormatter> FORMAT =
                  ThreadLocal.withInitial(() -> DateTimeFormatter.ISO_DATE);
              static final ThreadLocal<int[]> ON_DEMAND = new ThreadLocal<>();
              static final ThreadLocal<Small> OWN = ThreadLocal.withInitial(Small::new);

              static void enter() {
                int[] depth = ON_DEMAND.get();
                if (depth == null) {
                  depth = new int[1];
                  ON_DEMAND.set(depth);
                }
                depth[0]++;
              }
            }
            """)
        .doTest();
  }

  @Test
  void allowsWhatKnowsItsThreads() {
    compilation
        .addSourceLines(
            "Careful.java",
            """
            class Careful {
              private static final ThreadLocal<byte[]> BUFFER =
                  ThreadLocal.withInitial(() -> new byte[8192]);

              static byte[] buffer() {
                return Thread.currentThread().isVirtual() ? new byte[8192] : BUFFER.get();
              }
            }
            """)
        .addSourceLines(
            "OfLoops.java",
            """
            class OfLoops {
              interface Loop {
                boolean inEventLoop();
              }

              private static final ThreadLocal<byte[]> BUFFER =
                  ThreadLocal.withInitial(() -> new byte[8192]);

              static byte[] buffer(Loop loop) {
                return loop.inEventLoop() ? BUFFER.get() : new byte[8192];
              }
            }
            """)
        .addSourceLines(
            "Worker.java",
            """
            class Worker extends Thread {
              private static final ThreadLocal<byte[]> BUFFER =
                  ThreadLocal.withInitial(() -> new byte[8192]);
            }
            """)
        .addSourceLines(
            "Local.java",
            """
            class Local {
              void method() {
                ThreadLocal<byte[]> local = ThreadLocal.withInitial(() -> new byte[8192]);
                local.get();
              }
            }
            """)
        .addSourceLines(
            "BufferTest.java",
            """
            class BufferTest {
              private static final ThreadLocal<byte[]> BUFFER =
                  ThreadLocal.withInitial(() -> new byte[8192]);
            }
            """)
        .doTest();
  }

  @Test
  void allowsUnknownShapes() {
    compilation
        .addSourceLines(
            "Shapes.java",
            """
            import java.util.function.Supplier;

            class Shapes<T> {
              @SuppressWarnings("rawtypes")
              static final ThreadLocal RAW = ThreadLocal.withInitial(() -> null);
              final ThreadLocal<T> generic;
              static final ThreadLocal<?> WILD = ThreadLocal.withInitial(() -> "");

              Shapes(Supplier<T> supplier) {
                generic = ThreadLocal.withInitial(supplier);
                ThreadLocal.withInitial(() -> {
                  throw new IllegalStateException();
                });
              }

              ThreadLocal<byte[]> made() {
                return ThreadLocal.withInitial(() -> new byte[100]);
              }
            }
            """)
        .doTest();
  }

  @Test
  void anOptionAddsTypes() {
    compilation
        .setArgs("-XepOpt:Holdfast:ExpensiveTypes=a.Context,a.Parser")
        .addSourceLines(
            "a/Parser.java",
            """
            package a;

            class Parser {
              static class Quick extends Parser {}

              // BUG: Diagnostic contains: 'PARSER' keeps a Quick
              static final ThreadLocal<Quick> PARSER = ThreadLocal.withInitial(Quick::new);
            }
            """)
        .doTest();
  }

  @Test
  void canBeSuppressed() {
    compilation
        .addSourceLines(
            "Caches.java",
            """
            class Caches {
              @SuppressWarnings("ThreadLocalCache") // of the two threads of the watchdog
              static final ThreadLocal<byte[]> BUFFER = ThreadLocal.withInitial(() -> new byte[64]);
            }
            """)
        .doTest();
  }

  @Test
  void leasesWhatABlockUses() {
    refactoring
        .addInputLines(
            "Digests.java",
            """
            import java.io.IOException;
            import java.io.InputStream;
            import java.security.MessageDigest;

            class Digests {
              private static final ThreadLocal<byte[]> BUFFER =
                  ThreadLocal.withInitial(() -> new byte[8192]);

              static byte[] digest(InputStream in, MessageDigest digest) throws IOException {
                digest.reset();
                byte[] buffer = BUFFER.get();
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer, 0, buffer.length)) {
                  digest.update(buffer, 0, n);
                  buffer[0] = 0; // a secret
                }
                return digest.digest();
              }
            }
            """)
        .addOutputLines(
            "Digests.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;
            import java.io.IOException;
            import java.io.InputStream;
            import java.security.MessageDigest;

            class Digests {
              private static final WorkerLocal<byte[]> BUFFER = WorkerLocal.of(() -> new byte[8192]);

              static byte[] digest(InputStream in, MessageDigest digest) throws IOException {
                digest.reset();
                try (Lease<byte[]> lease = BUFFER.lease()) {
                  byte[] buffer = lease.get();
                  for (int n = in.read(buffer); n >= 0; n = in.read(buffer, 0, buffer.length)) {
                    digest.update(buffer, 0, n);
                    buffer[0] = 0; // a secret
                  }
                  return digest.digest();
                }
              }
            }
            """)
        .doTest();
  }

  @Test
  void leasesWhatAStatementUses() {
    refactoring
        .addInputLines(
            "Dates.java",
            """
            import java.text.SimpleDateFormat;
            import java.util.Date;

            class Dates {
              private static final ThreadLocal<SimpleDateFormat> FORMAT =
                  ThreadLocal.withInitial(() -> new SimpleDateFormat("yyyy"));
              private static final ThreadLocal<StringBuilder> TEXT =
                  new ThreadLocal<StringBuilder>() {
                    @Override
                    protected StringBuilder initialValue() {
                      return new StringBuilder();
                    }
                  };

              static String year(Date date) {
                return FORMAT.get().format(date);
              }

              static void reset() {
                String old = Dates.TEXT.get().append("end").toString();
                System.out.println(old);
              }
            }
            """)
        .addOutputLines(
            "Dates.java",
            """
            import dev.holdfast.local.Lease;
            import dev.holdfast.local.WorkerLocal;
            import java.text.SimpleDateFormat;
            import java.util.Date;

            class Dates {
              private static final WorkerLocal<SimpleDateFormat> FORMAT =
                  WorkerLocal.of(() -> new SimpleDateFormat("yyyy"));
              private static final WorkerLocal<StringBuilder> TEXT =
                  WorkerLocal.of(() -> new StringBuilder());

              static String year(Date date) {
                try (Lease<SimpleDateFormat> lease = FORMAT.lease()) {
                  return lease.get().format(date);
                }
              }

              static void reset() {
                try (Lease<StringBuilder> lease = Dates.TEXT.lease()) {
                  String old = lease.get().append("end").toString();
                  System.out.println(old);
                }
              }
            }
            """)
        .doTest();
  }

  @Test
  void leavesWhatMayOutliveALease() {
    refactoring
        .addInputLines(
            "Escapes.java",
            """
            import java.io.ByteArrayInputStream;
            import java.nio.ByteBuffer;
            import java.util.ArrayList;
            import java.util.Arrays;
            import java.util.List;

            class Escapes {
              private static final ThreadLocal<byte[]> A = ThreadLocal.withInitial(() -> new byte[64]);
              private static final ThreadLocal<byte[]> B = ThreadLocal.withInitial(() -> new byte[64]);
              private static final ThreadLocal<byte[]> C = ThreadLocal.withInitial(() -> new byte[64]);
              private static final ThreadLocal<byte[]> D = ThreadLocal.withInitial(() -> new byte[64]);
              private static final ThreadLocal<byte[]> E = ThreadLocal.withInitial(() -> new byte[64]);
              private static final ThreadLocal<byte[]> F = ThreadLocal.withInitial(() -> new byte[64]);
              private static final ThreadLocal<byte[]> G = ThreadLocal.withInitial(() -> new byte[64]);
              private static final ThreadLocal<byte[]> H = ThreadLocal.withInitial(() -> new byte[64]);
              private static final ThreadLocal<byte[]> I = ThreadLocal.withInitial(() -> new byte[64]);
              private static final ThreadLocal<byte[]> J = ThreadLocal.withInitial(() -> new byte[64]);
              private static final ThreadLocal<StringBuilder> K =
                  ThreadLocal.withInitial(StringBuilder::new);
              private static final ThreadLocal<StringBuilder> L =
                  ThreadLocal.withInitial(StringBuilder::new);
              private static final ThreadLocal<byte[]> UNUSED =
                  ThreadLocal.withInitial(() -> new byte[64]);
              static final ThreadLocal<byte[]> SHOWN = ThreadLocal.withInitial(() -> new byte[64]);
              private final ThreadLocal<byte[]> own = ThreadLocal.withInitial(() -> new byte[64]);

              private final List<Object> kept = new ArrayList<>();
              private byte[] last;

              byte[] returned() {
                return A.get();
              }

              byte[] returnedLater() {
                byte[] buffer = B.get();
                buffer[0] = 1;
                return buffer;
              }

              void stored() {
                byte[] buffer = C.get();
                last = buffer;
              }

              void collected() {
                byte[] buffer = D.get();
                kept.add(buffer);
              }

              void wrapped() {
                ByteBuffer buffer = ByteBuffer.wrap(E.get());
                kept.add(buffer);
              }

              int read() {
                byte[] buffer = F.get();
                return new ByteArrayInputStream(buffer).read();
              }

              Runnable captured() {
                byte[] buffer = G.get();
                return () -> buffer[0]++;
              }

              void twice() {
                H.get()[0] = 1;
                H.get()[1] = 2;
              }

              void named(String lease) {
                Arrays.fill(I.get(), (byte) lease.length());
              }

              void condition() {
                if (J.get().length > 8) {
                  kept.clear();
                }
              }

              StringBuilder fluent() {
                return K.get().append("text");
              }

              CharSequence view() {
                StringBuilder text = L.get();
                return text.reverse();
              }

              void others() {
                own.get()[0] = 1;
                SHOWN.get()[0] = 1;
              }
            }
            """)
        .expectUnchanged()
        .doTest();
  }

  @Test
  void leavesAnInitialiserThatNamesItself() {
    refactoring
        .addInputLines(
            "Named.java",
            """
            class Named {
              private static final ThreadLocal<StringBuilder> TEXT =
                  new ThreadLocal<StringBuilder>() {
                    @Override
                    protected StringBuilder initialValue() {
                      return new StringBuilder(this.toString());
                    }
                  };
              private static final ThreadLocal<StringBuilder> SIZED =
                  new ThreadLocal<StringBuilder>() {
                    private final int size = 8;

                    @Override
                    protected StringBuilder initialValue() {
                      return new StringBuilder(size);
                    }
                  };

              static void use() {
                TEXT.get().setLength(0);
                SIZED.get().setLength(0);
              }
            }
            """)
        .expectUnchanged()
        .doTest();
  }
}
