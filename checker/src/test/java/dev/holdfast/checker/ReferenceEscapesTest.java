// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.errorprone.CompilationTestHelper;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@link ReferenceEscapes} on code that is right and code that is wrong. */
final class ReferenceEscapesTest {

  private static final String IMPORTS =
      """
      import dev.holdfast.local.*;
      import dev.holdfast.memory.WorkerArena;
      import dev.holdfast.runtime.WorkerRuntime;
      import java.lang.foreign.*;
      import java.util.*;
      import java.util.concurrent.*;
      import java.util.concurrent.atomic.*;
      import java.util.function.*;
      import java.util.zip.Deflater;

      """;

  private final CompilationTestHelper compilation =
      CompilationTestHelper.newInstance(ReferenceEscapes.class, getClass());

  private void check(String members) {
    compilation
        .addSourceLines(
            "Test.java",
            IMPORTS,
            "class Test {",
            """
              static final WorkerLocal<Deflater> LOCAL = WorkerLocal.of(Deflater::new, Deflater::end);
              static final WorkerLocal<LongAdder> ADDER = WorkerLocal.of(LongAdder::new);
              static final WorkerLocal<String> TEXT = WorkerLocal.of(String::new);
              static final WorkerArena ARENA = WorkerArena.create();
              WorkerRuntime runtime;
              ExecutorService unknown;
            """,
            members,
            "}")
        .doTest();
  }

  @Test
  void aLeasedValueIsReturned() {
    check(
        """
        Deflater direct() {
          try (Lease<Deflater> lease = LOCAL.lease()) {
            // BUG: Diagnostic contains: A leased value is returned from the block that closes it
            return lease.get();
          }
        }

        Deflater named(boolean fast) {
          try (var lease = LOCAL.lease()) {
            Deflater value = lease.get();
            value.reset();
            // BUG: Diagnostic contains: A leased value is returned
            return fast ? value : null;
          }
        }

        Lease<Deflater> whole() {
          Lease<Deflater> taken = LOCAL.lease();
          try (taken) {
            // BUG: Diagnostic contains: A Lease is returned
            return taken;
          }
        }

        Deflater inATask() throws Exception {
          return runtime.run(() -> {
            try (var lease = LOCAL.lease()) {
              // BUG: Diagnostic contains: A leased value is returned
              return (Deflater) lease.get();
            }
          });
        }

        Deflater ofAGuard() {
          try (var guard = LOCAL.guard()) {
            // BUG: Diagnostic contains: A guarded value is returned
            return guard.get();
          }
        }

        MemorySegment memory() {
          try (Arena scope = ARENA.open()) {
            MemorySegment segment = scope.allocate(8);
            // BUG: Diagnostic contains: Memory of a WorkerArena's scope is returned
            return segment;
          }
        }
        """);
  }

  @Test
  void whatIsComputedIsReturned() {
    check(
        """
        int result() {
          try (Lease<Deflater> lease = LOCAL.lease()) {
            Deflater value = lease.get();
            return value.getTotalOut();
          }
        }

        // For its caller to close.
        Lease<Deflater> handedOver() {
          return LOCAL.lease();
        }

        Deflater ofTheCaller(Lease<Deflater> lease) {
          return lease.get();
        }

        String immutable() {
          try (var lease = TEXT.lease()) {
            return lease.get();
          }
        }

        int inALambda(Optional<Function<Deflater, Deflater>> fn) {
          try (var lease = LOCAL.lease()) {
            Deflater value = lease.get();
            return fn.map(each -> { return value; }).orElse(value).getTotalIn();
          }
        }

        Guard<Deflater> theGuard(Guard<Deflater> open) {
          return open;
        }

        long read() {
          try (Arena scope = ARENA.open()) {
            return scope.allocate(8).get(ValueLayout.JAVA_LONG, 0);
          }
        }
        """);
  }

  @Test
  void aLeasedValueIsStored() {
    check(
        """
        Deflater field;
        static Deflater global;
        final List<Deflater> list = new ArrayList<>();
        final Map<String, Lease<Deflater>> map = new HashMap<>();
        final AtomicReference<Deflater> reference = new AtomicReference<>();
        MemorySegment segment;

        void store(Test other, Deflater[] array) {
          try (Lease<Deflater> lease = LOCAL.lease()) {
            // BUG: Diagnostic contains: A leased value is stored where it outlives the block
            field = lease.get();
            // BUG: Diagnostic contains: A leased value is stored
            other.field = lease.get();
            // BUG: Diagnostic contains: A leased value is stored
            global = lease.get();
            // BUG: Diagnostic contains: A leased value is stored
            this.list.add(lease.get());
            // BUG: Diagnostic contains: A Lease is stored
            map.put("key", lease);
            // BUG: Diagnostic contains: A leased value is stored
            reference.set(lease.get());
          }
          try (var scope = ARENA.open()) {
            // BUG: Diagnostic contains: Memory of a WorkerArena's scope is stored
            segment = scope.allocate(8);
          }
        }
        """);
  }

  @Test
  void aLeasedValueIsStoredForTheTimeOfItsLease() {
    check(
        """
        Deflater field;
        String text;
        final List<Deflater> active = new ArrayList<>();
        static class Holder { Deflater value; }

        void reset() {
          try (Lease<Deflater> lease = LOCAL.lease()) {
            field = lease.get();
            field.reset();
          } finally {
            field = null;
          }
        }

        void registered() {
          try (Lease<Deflater> lease = LOCAL.lease()) {
            Deflater value = lease.get();
            active.add(value);
            try {
              value.reset();
            } finally {
              active.remove(value);
            }
          }
        }

        int inner() {
          try (Lease<Deflater> lease = LOCAL.lease()) {
            Holder holder = new Holder();
            holder.value = lease.get();
            List<Deflater> own = new ArrayList<>();
            own.add(lease.get());
            Deflater other = null;
            other = lease.get();
            return own.size() + holder.value.getTotalIn() + other.getTotalIn();
          }
        }

        void immutable() {
          try (var lease = TEXT.lease()) {
            text = lease.get();
          }
        }
        """);
  }

  @Test
  @Tag("S10")
  void aValueLeavesWith() {
    check(
        """
        Deflater field;
        final List<Deflater> list = new ArrayList<>();

        void leave(Deflater[] array) {
          // BUG: Diagnostic contains: The value of with, update or onOwner is returned
          LOCAL.with(value -> value).reset();
          // BUG: Diagnostic contains: The value of with, update or onOwner is returned
          LOCAL.with(Function.identity()).reset();
          LOCAL.with(value -> {
            value.reset();
            // BUG: Diagnostic contains: The value of with, update or onOwner is returned
            return value;
          });
          // BUG: Diagnostic contains: The value of with, update or onOwner is returned
          LOCAL.onOwner(value -> (value)).reset();
          // BUG: Diagnostic contains: The value of with, update or onOwner is stored
          LOCAL.update(value -> field = value);
          // BUG: Diagnostic contains: The value of with, update or onOwner is stored
          LOCAL.update(value -> array[0] = value);
          // BUG: Diagnostic contains: The value of with, update or onOwner is stored
          LOCAL.update(list::add);
          // BUG: Diagnostic contains: The value of with, update or onOwner is stored
          LOCAL.update(value -> list.add(value));
          // BUG: Diagnostic contains: The value of with, update or onOwner is captured
          LOCAL.update(value -> unknown.execute(value::reset));
          // BUG: Diagnostic contains: The value of with, update or onOwner is captured
          LOCAL.update(value -> new Thread(() -> value.reset()).start());
        }
        """);
  }

  @Test
  void aValueStaysInWith() {
    check(
        """
        static class Token { volatile String name = ""; }
        record Pair(String name, int number) {}
        record Row(List<String> cells) {}
        static final WorkerLocal<Object> OBJECTS = WorkerLocal.of(Object::new);
        static final WorkerLocal<Token> TOKENS = WorkerLocal.of(Token::new);
        static final WorkerLocal<Pair> PAIRS = WorkerLocal.of(() -> new Pair("a", 1));
        static final WorkerLocal<Row> ROWS = WorkerLocal.of(() -> new Row(new ArrayList<>()));
        static final WorkerLocal<Deque<Deque<String>>> QUEUES = WorkerLocal.of(ArrayDeque::new);
        long sum;
        final List<Integer> totals = new ArrayList<>();

        long stay(Map<String, Integer> results) {
          LOCAL.update(Deflater::reset);
          LOCAL.update(value -> totals.add(value.getTotalIn()));
          LOCAL.update(value -> sum += value.getTotalIn());
          LOCAL.update(value -> sum = value.getBytesRead());
          LOCAL.update(value -> results.put("a", value.getTotalIn()));
          QUEUES.update(queues -> {
            Deque<String> inner = new ArrayDeque<>();
            queues.add(inner);
            List<Object> seen = new ArrayList<>();
            seen.add(queues);
          });
          // A thread-safe value may stay with who has it.
          ADDER.with(adder -> adder).increment();
          ADDER.with(Function.identity()).increment();
          TEXT.with(text -> text).length();
          // Nothing of it can be seen half changed.
          TOKENS.with(token -> token).hashCode();
          PAIRS.with(pair -> pair).hashCode();
          // BUG: Diagnostic contains: The value of with, update or onOwner is returned
          ROWS.with(row -> row).hashCode();
          // BUG: Diagnostic contains: The value of with, update or onOwner is returned
          OBJECTS.with(object -> object).hashCode();
          return LOCAL.with(Deflater::getBytesRead);
        }

        <T> T any(WorkerLocal<T> local, Function<T, T> fn) {
          return local.with(fn);
        }
        """);
  }

  @Test
  @Tag("S2")
  void aReferenceGoesToAForeignThread() {
    check(
        """
        final ExecutorService pool = Executors.newFixedThreadPool(2);
        LocalRef<LongAdder> kept;

        void go(ForkJoinPool joins, ScheduledExecutorService timer, CompletableFuture<String> future,
            LocalRef<LongAdder> ref) {
          // BUG: Diagnostic contains: A LocalRef is captured by code that a foreign thread runs
          new Thread(() -> ref.get().increment()).start();
          // BUG: Diagnostic contains: A LocalRef is captured
          Thread.ofPlatform().name("mine").start(() -> ref.get().increment());
          // BUG: Diagnostic contains: A LocalRef is captured
          joins.submit(() -> ref.get().increment());
          // BUG: Diagnostic contains: A LocalRef is captured
          timer.schedule(() -> ref.get().increment(), 1, TimeUnit.SECONDS);
          // BUG: Diagnostic contains: A LocalRef is captured
          pool.execute(() -> ref.get().increment());
          // BUG: Diagnostic contains: A LocalRef is captured
          CompletableFuture.runAsync(() -> ref.get().increment());
          // BUG: Diagnostic contains: A LocalRef is captured
          CompletableFuture.supplyAsync(ref::get, pool);
          // BUG: Diagnostic contains: A LocalRef is captured
          future.thenAcceptAsync(text -> ref.get().increment());
          // BUG: Diagnostic contains: A LocalRef is captured
          java.lang.ref.Cleaner.create().register(this, () -> kept.get().increment());
          new Timer().schedule(new TimerTask() {
            @Override public void run() {
              // BUG: Diagnostic contains: A LocalRef is captured
              ref.get().increment();
            }
          }, 1);
          try (var own = Executors.newSingleThreadExecutor()) {
            // BUG: Diagnostic contains: A LocalRef is captured
            own.submit(() -> ref.get().sum());
          }
        }
        """);
  }

  @Test
  void aReferenceStaysInTasks() {
    check(
        """
        LocalRef<LongAdder> kept;
        LocalRef<LongAdder> made = null;
        final ThreadLocal<LocalRef<LongAdder>> perThread = new ThreadLocal<>();

        Test() {
          kept = ADDER.ref();
        }

        LocalRef<LongAdder> returned() {
          LocalRef<LongAdder> ref = ADDER.ref();
          return ref;
        }

        LongAdder value() {
          return ADDER.ref().get();
        }

        void tasks(LocalRef<LongAdder> ref, CompletableFuture<String> future, List<String> texts) {
          runtime.spawn(() -> ref.get().sum());
          runtime.spawnBlocking(() -> ref.get().sum());
          runtime.submit(() -> ref.get().sum());
          // May be the runtime.
          unknown.submit(() -> ref.get().sum());
          CompletableFuture.supplyAsync(() -> ref.get().sum(), runtime);
          CompletableFuture.supplyAsync(() -> ref.get().sum(), unknown);
          future.thenApplyAsync(text -> ref.get().sum(), unknown);
          future.thenApply(text -> ref.get().sum());
          // Virtual threads that a task starts are the runtime's.
          Thread.startVirtualThread(() -> ref.get().increment());
          Thread.ofVirtual().start(() -> ref.get().increment());
          try (var perTask = Executors.newVirtualThreadPerTaskExecutor()) {
            perTask.submit(() -> ref.get().sum());
          }
          texts.forEach(text -> ref.get().increment());
          new Thread(() -> {
            LocalRef<LongAdder> own = null;
            use(own);
          }).start();
        }

        // What is what a guard is for.
        void guarded(CompletableFuture<String> future) {
          Guard<LongAdder> guard = ADDER.guard();
          future.whenComplete((text, failure) -> {
            try (guard) {
              guard.get().increment();
            }
          });
          new Thread(() -> {
            try (guard) {
              guard.get().increment();
            }
          }).start();
        }

        void use(Object value) {}
        """);
  }

  @Test
  void aLeaseGoesToAnotherTask() {
    check(
        """
        void go(CompletableFuture<String> future, Lease<Deflater> given) throws Exception {
          // BUG: Diagnostic contains: A Lease is captured by code that another task or thread runs
          unknown.submit(() -> given.get().getTotalIn());
          // BUG: Diagnostic contains: A Lease is captured
          Thread.startVirtualThread(() -> given.get().reset());
          // BUG: Diagnostic contains: A Lease is captured
          java.lang.ref.Cleaner.create().register(this, () -> given.close());
          try (Lease<Deflater> lease = LOCAL.lease()) {
            Deflater value = lease.get();
            // BUG: Diagnostic contains: A leased value is captured
            future.thenAccept(text -> value.reset());
            // BUG: Diagnostic contains: A Lease is captured
            future.whenComplete((text, failure) -> lease.get().reset());
          }
          try (var scope = ARENA.open()) {
            // BUG: Diagnostic contains: A scope of a WorkerArena is captured
            unknown.submit(() -> scope.allocate(8));
          }
        }

        // A value may be lent to others for as long as one waits for them; a lease cannot.
        void lend(List<CompletableFuture<Void>> futures) throws Exception {
          try (Lease<Deflater> lease = LOCAL.lease()) {
            Deflater value = lease.get();
            unknown.submit(() -> value.reset()).get();
          }
          try (Lease<Deflater> lease = LOCAL.lease()) {
            // BUG: Diagnostic contains: A Lease is captured
            unknown.submit(() -> lease.get().reset()).get();
          }
        }

        void inPlace(List<String> texts) {
          try (Lease<Deflater> lease = LOCAL.lease()) {
            Deflater value = lease.get();
            texts.forEach(text -> value.setInput(text.getBytes()));
            texts.stream().map(text -> lease.get().getTotalIn()).toList();
            CompletableFuture.completedFuture("now").thenAccept(text -> lease.get().reset());
          }
        }
        """);
  }

  @Test
  void aReactiveStreamGoesOnElsewhere() {
    compilation
        .addSourceLines(
            "org/reactivestreams/Publisher.java",
            "package org.reactivestreams;",
            "public interface Publisher<T> {}")
        .addSourceLines(
            "reactor/core/publisher/Flux.java",
            """
            package reactor.core.publisher;
            import java.util.function.Function;
            public class Flux<T> implements org.reactivestreams.Publisher<T> {
              public Flux<T> publishOn(Object scheduler) { return this; }
              public <R> Flux<R> map(Function<T, R> fn) { return null; }
              public T blockLast() { return null; }
            }
            """);
    check(
        """
        void operators(reactor.core.publisher.Flux<String> flux, Object scheduler) {
          try (Lease<Deflater> lease = LOCAL.lease()) {
            flux.map(text -> lease.get().getTotalIn()).blockLast();
            // BUG: Diagnostic contains: A Lease is captured
            flux.publishOn(scheduler).map(text -> lease.get().getTotalIn()).blockLast();
          }
        }
        """);
  }

  @Test
  @Tag("S3")
  void areKeptInFields() {
    check(
        """
        // BUG: Diagnostic contains: A LocalRef is kept in a static field
        static LocalRef<LongAdder> global;
        // BUG: Diagnostic contains: A LocalRef is kept in a static field
        static final Map<String, List<LocalRef<LongAdder>>> MANY = new HashMap<>();
        // BUG: Diagnostic contains: A Lease is kept in a static field
        static Lease<Deflater> lease;
        // BUG: Diagnostic contains: A LocalRef is kept in a static field
        static LocalRef<LongAdder>[] array;
        static LongAdder value;
        // BUG: Diagnostic contains: A Lease is kept in a field of a class that never closes it
        final Lease<Deflater> own = LOCAL.lease();

        void store() {
          // BUG: Diagnostic contains: The value of a LocalRef is kept in a static field
          value = ADDER.ref().get();
        }
        """);
  }

  @Test
  void mayBeKeptInFields() {
    check(
        """
        static final TaskLocal<Lease<Deflater>> PER_TASK = TaskLocal.of(LOCAL::lease, Lease::close);
        static final Function<LocalRef<LongAdder>, Long> SUM = ref -> ref.get().sum();
        static Guard<LongAdder> guard;
        final Map<String, LocalRef<LongAdder>> refs = new HashMap<>();
        LocalRef<LongAdder> ref = ADDER.ref();
        LongAdder value = ref.get();
        Lease<Deflater> closed;

        void open() {
          closed = LOCAL.lease();
        }

        void end() {
          closed.close();
        }

        static class Wrapper implements AutoCloseable {
          private final Lease<Deflater> lease = LOCAL.lease();
          private final Deflater value = lease.get();

          @Override public void close() {
            lease.close();
          }
        }

        @SuppressWarnings("ReferenceEscapes") // there is one runtime, and it never ends
        static LocalRef<LongAdder> suppressed;
        """);
  }
}
