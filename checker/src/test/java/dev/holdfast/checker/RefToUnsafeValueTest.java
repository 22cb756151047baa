// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.CompilationTestHelper;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link RefToUnsafeValue} on code that is right and code that is wrong. */
@Tag("S10")
final class RefToUnsafeValueTest {

  private final CompilationTestHelper compilation =
      CompilationTestHelper.newInstance(RefToUnsafeValue.class, getClass());

  private void check(String members) {
    // Those of JSR 305, which no dependency brings.
    for (String annotation : new String[] {"ThreadSafe", "NotThreadSafe"}) {
      compilation.addSourceLines(
          "javax/annotation/concurrent/" + annotation + ".java",
          "package javax.annotation.concurrent;",
          "public @interface " + annotation + " {}");
    }
    compilation
        .addSourceLines(
            "Test.java",
            """
            import dev.holdfast.local.*;
            import java.security.MessageDigest;
            import java.text.*;
            import java.util.*;
            import java.util.concurrent.*;
            import java.util.concurrent.atomic.*;
            import java.util.concurrent.locks.*;
            import java.util.function.*;

            class Test {
            """,
            members,
            "}")
        .doTest();
  }

  @Test
  void findsTypesOfTheJdk() {
    check(
        """
        static final WorkerLocal<StringBuilder> TEXT = WorkerLocal.of(StringBuilder::new);
        static final WorkerLocal<byte[]> BYTES = WorkerLocal.of(() -> new byte[16]);
        static final WorkerLocal<SimpleDateFormat> FORMAT = WorkerLocal.of(SimpleDateFormat::new);
        // By what is made, whatever the declared type.
        static final WorkerLocal<Map<String, Integer>> MAP = WorkerLocal.of(HashMap::new);
        static final WorkerLocal<List<String>> LIST = WorkerLocal.of(() -> new ArrayList<>());
        static final WorkerLocal<Collection<String>> BUILT =
            WorkerLocal.<Collection<String>>builder(ArrayDeque::new).name("built").leases(2).build();

        void use(WorkerLocal<MessageDigest> digests) {
          // BUG: Diagnostic contains: StringBuilder is not thread-safe
          TEXT.ref().get().append("a");
          // BUG: Diagnostic contains: A Guard gives the value to any thread
          TEXT.guard();
          // BUG: Diagnostic contains: byte[] is not thread-safe: an array is not
          BYTES.ref();
          // BUG: Diagnostic contains: DateFormat is not
          FORMAT.ref();
          // BUG: Diagnostic contains: HashMap is not thread-safe
          MAP.ref();
          // BUG: Diagnostic contains: take a lease() to have one
          LIST.ref();
          // BUG: Diagnostic contains: ArrayDeque is not
          BUILT.ref();
          // BUG: Diagnostic contains: MessageDigest is not
          digests.ref();
        }
        """);
  }

  @Test
  void findsClassesThatChangePlainFields() {
    compilation.addSourceLines(
        "Elsewhere.java", "class Elsewhere { private int n; void add() { n++; } }");
    check(
        """
        static class Counts { long requests; }
        static class Hidden {
          private String last = "";
          Hidden() { last = "none"; }
          void set(String text) { this.last = text; }
        }
        static class Sub extends Counts {}
        @javax.annotation.concurrent.NotThreadSafe static class Told {}

        static final WorkerLocal<Counts> COUNTS = WorkerLocal.of(Counts::new);
        static final WorkerLocal<Hidden> HIDDEN = WorkerLocal.of(Hidden::new);
        static final WorkerLocal<Sub> SUB = WorkerLocal.of(Sub::new);
        static final WorkerLocal<Elsewhere> ELSEWHERE = WorkerLocal.of(Elsewhere::new);
        static final WorkerLocal<Told> TOLD = WorkerLocal.of(Told::new);

        void use() {
          // BUG: Diagnostic contains: the field requests of Counts is changed without a lock
          COUNTS.ref();
          // BUG: Diagnostic contains: the field last of Hidden
          HIDDEN.ref();
          // BUG: Diagnostic contains: the field requests of Counts
          SUB.guard();
          // BUG: Diagnostic contains: the field n of Elsewhere
          ELSEWHERE.ref();
          // BUG: Diagnostic contains: Told is annotated so
          TOLD.ref();
          COUNTS.update(counts -> counts.requests++);
          try (Lease<Counts> lease = COUNTS.lease()) {
            lease.get().requests++;
          }
        }
        """);
  }

  @Test
  void isSilentOnWhatMayBeThreadSafe() {
    check(
        """
        static class Locked {
          private final Lock lock = new ReentrantLock();
          private long n;
          void add() { lock.lock(); try { n++; } finally { lock.unlock(); } }
        }
        static class Synchronized {
          private long n;
          synchronized void add() { n++; }
        }
        static class Monitored {
          private final Object monitor = new Object();
          private long n;
          void add() { synchronized (monitor) { n++; } }
        }
        static class Volatile { volatile long n; }
        static class SetOnce {
          private long n;
          SetOnce(long n) { this.n = n; }
        }
        @com.google.errorprone.annotations.ThreadSafe static class Annotated { long n; }
        @javax.annotation.concurrent.ThreadSafe static class AnnotatedOtherwise { long n; }
        @com.google.errorprone.annotations.Immutable static class Immutable {}
        interface Cache {}
        record Pair(String left, String right) {}
        enum Mode { ON }

        static final WorkerLocal<Map<String, List<String>>> MAP =
            WorkerLocal.of(ConcurrentHashMap::new);
        static final WorkerLocal<Map<String, String>> WRAPPED =
            WorkerLocal.of(() -> Collections.synchronizedMap(new HashMap<>()));

        <T, S extends Cache> void use(WorkerLocal<LongAdder> adder, WorkerLocal<String> text,
            WorkerLocal<Locked> locked, WorkerLocal<Synchronized> sync,
            WorkerLocal<Monitored> monitored, WorkerLocal<Volatile> vol, WorkerLocal<SetOnce> once,
            WorkerLocal<Annotated> annotated, WorkerLocal<AnnotatedOtherwise> otherwise,
            WorkerLocal<Immutable> immutable, WorkerLocal<Cache> cache, WorkerLocal<Pair> pair,
            WorkerLocal<Mode> mode, WorkerLocal<T> any, WorkerLocal<? extends S> some,
            WorkerLocal<?> unknown, WorkerLocal<Object> object, WorkerLocal<Integer> number,
            WorkerLocal<AtomicReference<StringBuilder>> reference) {
          adder.ref(); text.ref(); locked.ref(); sync.ref(); monitored.ref(); vol.ref();
          once.ref(); annotated.ref(); otherwise.ref(); immutable.ref(); cache.ref();
          pair.ref(); mode.ref(); any.ref(); some.ref(); unknown.ref(); object.ref();
          number.guard(); reference.guard();
          MAP.ref();
          WRAPPED.ref();
        }

        @SuppressWarnings("rawtypes")
        void raw(WorkerLocal local) {
          local.ref();
        }

        static class Confined { long n; }

        @SuppressWarnings("RefToUnsafeValue") // all tasks that have it take turns
        void suppressed(WorkerLocal<Confined> local) {
          local.ref();
        }
        """);
  }

  @Test
  void anOptionNamesThreadSafeTypes() {
    compilation.setArgs("-XepOpt:Holdfast:ThreadSafeTypes=Test.Base,java.lang.StringBuilder");
    check(
        """
        static class Base { long n; }
        static class Sub extends Base {}

        void use(WorkerLocal<Sub> sub, WorkerLocal<StringBuilder> text) {
          sub.ref();
          text.ref();
        }
        """);
  }

  @Test
  void anOptionReportsWhatIsNotKnown() {
    compilation.setArgs("-XepOpt:Holdfast:StrictThreadSafety=true");
    check(
        """
        interface Cache {}

        void use(WorkerLocal<Cache> cache, WorkerLocal<LongAdder> adder) {
          // BUG: Diagnostic contains: Cache is not thread-safe: nothing says that it is
          cache.ref();
          adder.ref();
        }
        """);
  }
}
