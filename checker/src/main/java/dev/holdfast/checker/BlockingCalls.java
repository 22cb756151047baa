// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.checker;

import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.collect.SetMultimap;
import com.google.errorprone.VisitorState;
import com.google.errorprone.suppliers.Supplier;
import com.google.errorprone.util.ASTHelpers;
import com.sun.tools.javac.code.Symbol.MethodSymbol;
import com.sun.tools.javac.code.Type;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The methods that may block: those of the JDK, of Holdfast, and those that an option adds. */
final class BlockingCalls {

  /** What a method waits for. */
  enum For {
    /** What another thread does. */
    OTHERS,
    /** A file, the network, a database. */
    IO
  }

  /**
   * A method that blocks.
   *
   * @param type the class that declares it or inherits it
   * @param parameters the least number: its short form may not wait
   */
  private record Method(String type, int parameters, For waits) {}

  private static final String ANY = "*";

  private static final ImmutableSetMultimap<String, Method> KNOWN = known();

  private static final Supplier<SetMultimap<String, Method>> GIVEN =
      VisitorState.memoize(
          state -> given(state.errorProneOptions().getFlags().getListOrEmpty("Holdfast:Blocking")));

  private BlockingCalls() {}

  /** Returns what a call of the method waits for, or null if it is not known to block. */
  static @Nullable For waitsFor(MethodSymbol method, @Nullable Type receiver, VisitorState state) {
    String name = method.getSimpleName().toString();
    return find(KNOWN, name, method, receiver, state)
        .or(() -> find(KNOWN, ANY, method, receiver, state))
        .or(() -> find(GIVEN.get(state), name, method, receiver, state))
        .or(() -> find(GIVEN.get(state), ANY, method, receiver, state))
        .orElse(null);
  }

  private static Optional<For> find(
      SetMultimap<String, Method> methods,
      String name,
      MethodSymbol method,
      @Nullable Type receiver,
      VisitorState state) {
    return methods.get(name).stream()
        .filter(each -> method.getParameters().size() >= each.parameters)
        .filter(each -> {
          // Everything is an Object: of that only the very method is meant.
          if (each.type.equals("java.lang.Object")) {
            return method.owner.getQualifiedName().contentEquals(each.type);
          }
          Type type = state.getTypeFromString(each.type);
          return ASTHelpers.isSubtype(method.owner.type, type, state)
              || (receiver != null && ASTHelpers.isSubtype(receiver, type, state));
        })
        .map(Method::waits)
        .findFirst();
  }

  /** Reads {@code com.acme.Client#call} or {@code com.acme.Client}. */
  private static SetMultimap<String, Method> given(List<String> names) {
    ImmutableSetMultimap.Builder<String, Method> given = ImmutableSetMultimap.builder();
    for (String each : names) {
      int hash = each.indexOf('#');
      if (hash < 0) {
        given.put(ANY, new Method(each.strip(), 0, For.IO));
      } else {
        given.put(
            each.substring(hash + 1).strip(),
            new Method(each.substring(0, hash).strip(), 0, For.IO));
      }
    }
    return given.build();
  }

  private static ImmutableSetMultimap<String, Method> known() {
    ImmutableSetMultimap.Builder<String, Method> known = ImmutableSetMultimap.builder();
    String concurrent = "java.util.concurrent.";
    add(known, For.OTHERS, 0, "java.lang.Thread", "join", "sleep");
    add(known, For.OTHERS, 0, "java.lang.Object", "wait");
    add(known, For.OTHERS, 0, "java.lang.Process", "waitFor");
    add(known, For.OTHERS, 0, "java.lang.ref.ReferenceQueue", "remove");
    add(known, For.OTHERS, 0, concurrent + "locks.LockSupport", "park", "parkNanos", "parkUntil");
    add(known, For.OTHERS, 0, concurrent + "locks.Lock", "lock", "lockInterruptibly");
    add(known, For.OTHERS, 2, concurrent + "locks.Lock", "tryLock");
    add(known, For.OTHERS, 0, concurrent + "locks.StampedLock", "readLock", "writeLock");
    add(
        known,
        For.OTHERS,
        0,
        concurrent + "locks.Condition",
        "await",
        "awaitNanos",
        "awaitUninterruptibly",
        "awaitUntil");
    add(known, For.OTHERS, 0, concurrent + "TimeUnit", "sleep", "timedJoin", "timedWait");
    add(known, For.OTHERS, 0, concurrent + "BlockingQueue", "put", "take");
    add(known, For.OTHERS, 2, concurrent + "BlockingQueue", "poll");
    add(known, For.OTHERS, 3, concurrent + "BlockingQueue", "offer");
    add(
        known,
        For.OTHERS,
        0,
        concurrent + "BlockingDeque",
        "putFirst",
        "putLast",
        "takeFirst",
        "takeLast");
    add(known, For.OTHERS, 0, concurrent + "TransferQueue", "transfer");
    add(known, For.OTHERS, 0, concurrent + "Future", "get");
    add(known, For.OTHERS, 0, concurrent + "CompletableFuture", "join");
    add(known, For.OTHERS, 0, concurrent + "CompletionService", "take");
    add(known, For.OTHERS, 0, concurrent + "CountDownLatch", "await");
    add(known, For.OTHERS, 0, concurrent + "CyclicBarrier", "await");
    add(known, For.OTHERS, 0, concurrent + "Exchanger", "exchange");
    add(
        known,
        For.OTHERS,
        0,
        concurrent + "ExecutorService",
        "awaitTermination",
        "close",
        "invokeAll",
        "invokeAny");
    add(known, For.OTHERS, 0, concurrent + "ForkJoinTask", "invoke", "join");
    add(known, For.OTHERS, 0, concurrent + "ForkJoinPool", "invoke");
    add(
        known,
        For.OTHERS,
        0,
        concurrent + "Phaser",
        "arriveAndAwaitAdvance",
        "awaitAdvance",
        "awaitAdvanceInterruptibly");
    add(known, For.OTHERS, 0, concurrent + "Semaphore", "acquire", "acquireUninterruptibly");
    add(known, For.OTHERS, 2, concurrent + "Semaphore", "tryAcquire");
    add(known, For.OTHERS, 0, concurrent + "StructuredTaskScope", "join");
    add(known, For.OTHERS, 0, HoldfastApi.TASK, "join");
    add(known, For.OTHERS, 0, HoldfastApi.WORKER_RUNTIME, "run");
    add(known, For.OTHERS, 2, HoldfastApi.WORKER_RUNTIME, "shutdown");
    add(known, For.OTHERS, 0, "dev.holdfast.batch.BatchQueue", "get");

    add(known, For.IO, 0, "java.nio.file.Files", ANY);
    add(known, For.IO, 0, "java.io.Console", "readLine", "readPassword");
    String[] bytes = {"read", "readAllBytes", "readNBytes", "skip", "transferTo", "write", "flush"};
    add(known, For.IO, 0, "java.io.FileInputStream", bytes);
    add(known, For.IO, 0, "java.io.FileOutputStream", bytes);
    add(known, For.IO, 0, "java.io.FileReader", bytes);
    add(known, For.IO, 0, "java.io.FileWriter", bytes);
    add(known, For.IO, 0, "java.io.RandomAccessFile", ANY);
    add(
        known,
        For.IO,
        0,
        "java.nio.channels.FileChannel",
        "force",
        "lock",
        "open",
        "read",
        "transferFrom",
        "transferTo",
        "truncate",
        "write");
    add(known, For.IO, 0, "java.nio.channels.SocketChannel", "connect", "open", "read", "write");
    add(known, For.IO, 0, "java.nio.channels.ServerSocketChannel", "accept");
    add(known, For.IO, 0, "java.nio.channels.DatagramChannel", "receive", "send");
    add(known, For.IO, 0, "java.nio.channels.Selector", "select");
    add(known, For.IO, 0, "java.net.Socket", "connect");
    add(known, For.IO, 0, "java.net.ServerSocket", "accept");
    add(known, For.IO, 0, "java.net.DatagramSocket", "receive", "send");
    add(known, For.IO, 0, "java.net.InetAddress", "getAllByName", "getByName", "isReachable");
    add(known, For.IO, 0, "java.net.URL", "getContent", "openStream");
    add(known, For.IO, 0, "java.net.URLConnection", "connect", "getInputStream");
    add(known, For.IO, 0, "java.net.http.HttpClient", "send");
    add(known, For.IO, 0, "java.sql.DriverManager", "getConnection");
    add(known, For.IO, 0, "javax.sql.DataSource", "getConnection");
    add(known, For.IO, 0, "java.sql.Connection", "commit", "isValid", "rollback");
    add(
        known,
        For.IO,
        0,
        "java.sql.Statement",
        "execute",
        "executeBatch",
        "executeLargeBatch",
        "executeLargeUpdate",
        "executeQuery",
        "executeUpdate");
    add(known, For.IO, 0, "java.sql.ResultSet", "next");
    return known.build();
  }

  private static void add(
      ImmutableSetMultimap.Builder<String, Method> known,
      For waits,
      int parameters,
      String type,
      String... names) {
    for (String name : names) {
      known.put(name, new Method(type, parameters, waits));
    }
  }
}
