// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.local.WorkerLocal;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.VmState;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.Collectors;

/** A program that knows nothing of runtimes and calls a library which uses one; says what stays. */
final class LibraryChild {

  private LibraryChild() {}

  /** The library: starts a runtime for each call, and has one static local. */
  static final class Library {

    private static final WorkerLocal<StringBuilder> BUFFER = WorkerLocal.of(StringBuilder::new);

    private Library() {}

    static String reversed(String text) throws Exception {
      try (WorkerRuntime runtime = WorkerRuntime.builder().name("library").workers(2).start()) {
        Callable<String> reverse =
            () ->
                BUFFER.with(buffer -> {
                  buffer.setLength(0);
                  return buffer.append(text).reverse().toString();
                });
        Task<Integer> job = runtime.spawnBlocking(text::length);
        String reversed = runtime.run(reverse);
        return reversed.length() == job.get() ? reversed : "length " + job.get();
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    // The JDK's logging adds a hook of its own when it is first used.
    System.getLogger("program").log(System.Logger.Level.DEBUG, "starts");
    Map<String, String> before = state();

    System.out.println("main: " + Library.reversed("abc"));
    on("platform thread", body -> Thread.ofPlatform().start(body));
    on("virtual thread", body -> Thread.ofVirtual().start(body));
    on("common pool", ForkJoinPool.commonPool());
    ThreadGroup group = new ThreadGroup("short-lived");
    on("thread group", body -> new Thread(group, body).start());

    Await.until(
        "nothing runs", () -> VmState.threads("library").isEmpty() && group.activeCount() == 0);
    Map<String, String> after = state();
    after.forEach((what, now) -> {
      String then = before.get(what);
      System.out.println(what + (now.equals(then) ? ": as before" : ": " + then + " -> " + now));
    });
    System.out.println("threads of the group: " + group.activeCount());
  }

  private static void on(String where, Executor executor) {
    CompletableFuture<String> reversed =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Library.reversed(where);
              } catch (Exception e) {
                throw new CompletionException(e);
              }
            },
            executor);
    System.out.println(where + ": " + reversed.join());
  }

  /** What is global in a JVM, as text. */
  private static Map<String, String> state() {
    Map<String, String> state = new TreeMap<>();
    Set<String> threads =
        Thread.getAllStackTraces().keySet().stream()
            .map(Thread::getName)
            // The JDK's own, for its virtual threads, come and go.
            .filter(name -> !name.matches("ForkJoinPool.*|Virtual.*|.*Poller"))
            .collect(Collectors.toCollection(TreeSet::new));
    state.put("threads", threads.toString());
    state.put("shutdown hooks", VmState.shutdownHooks("").toString());
    state.put("properties", new TreeMap<>(System.getProperties()).toString());
    state.put("default handler", "" + Thread.getDefaultUncaughtExceptionHandler());
    state.put("interrupted", "" + Thread.currentThread().isInterrupted());
    state.put("context class loader", "" + Thread.currentThread().getContextClassLoader());
    state.put("name and priority", Thread.currentThread().toString());
    return state;
  }
}
