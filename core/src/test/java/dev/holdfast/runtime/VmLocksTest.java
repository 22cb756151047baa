// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.testing.Await;
import dev.holdfast.testing.EveryTier;
import dev.holdfast.testing.ForkedJvm;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** That a thread which waits in a close holds nothing that the rest of the JVM needs. */
@Tag("S25")
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
@EveryTier
final class VmLocksTest {

  @Test
  @DisplayName("S25: while a close waits, others load classes, start threads, change and run hooks")
  void othersGoOnWhileACloseWaits() throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(Child.class, "close");
    assertThat(outcome.lines())
        .containsExactly(
            "class loaded",
            "threads run",
            "hooks changed",
            "another closed",
            "hook",
            "class loaded");
    assertThat(outcome.exit()).isEqualTo(7);
  }

  @Test
  @DisplayName("S25: while the exit hook waits, other hooks load classes and start threads")
  void othersGoOnWhileTheExitHookWaits() throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(Child.class, "exit");
    assertThat(outcome.lines()).containsExactly("hook", "class loaded", "threads run");
    assertThat(outcome.exit()).isEqualTo(7);
  }

  /** The program of the JVM that is forked. */
  static final class Child {

    private static final Gate GATE = new Gate();
    private static final AtomicInteger HOOKS = new AtomicInteger();

    public static void main(String[] arguments) throws Exception {
      WorkerRuntime runtime =
          WorkerRuntime.builder().workers(1).exitDeadline(Duration.ofSeconds(2)).start();
      runtime.spawnBlocking(GATE);
      GATE.awaitEntered();
      if (arguments[0].equals("close")) {
        Thread closing = Thread.ofPlatform().daemon().start(runtime::close);
        Await.until("it drains", runtime::isShutdown);
        Await.untilWaiting(closing);
        loadClass();
        startThreads();
        Thread hook = new Thread(() -> {});
        Runtime.getRuntime().addShutdownHook(hook);
        Runtime.getRuntime().removeShutdownHook(hook);
        System.out.println("hooks changed");
        WorkerRuntime.builder().workers(1).start().close();
        System.out.println("another closed");
      }
      boolean exits = arguments[0].equals("exit");
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(() -> {
                System.out.println("hook");
                loadClass();
                if (exits) {
                  startThreads();
                }
                HOOKS.incrementAndGet();
              }));
      System.exit(7);
    }

    private static void startThreads() {
      try {
        Thread.ofPlatform().start(() -> {}).join();
        Thread.ofVirtual().start(() -> {}).join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      System.out.println("threads run");
    }

    /** Has a class initialised that nobody has used before. */
    private static void loadClass() {
      ClassLoader fresh =
          new ClassLoader(VmLocksTest.class.getClassLoader()) {
            @Override
            public Class<?> loadClass(String name) throws ClassNotFoundException {
              if (!name.equals(Fresh.class.getName())) {
                return super.loadClass(name);
              }
              try (InputStream in =
                  VmLocksTest.class.getResourceAsStream("VmLocksTest$Fresh.class")) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
              } catch (java.io.IOException e) {
                throw new ClassNotFoundException(name, e);
              }
            }
          };
      try {
        Class.forName(Fresh.class.getName(), true, fresh);
      } catch (ClassNotFoundException e) {
        throw new AssertionError(e);
      }
    }
  }

  /** A class that says when it is initialised. */
  static final class Fresh {
    static {
      System.out.println("class loaded");
    }
  }
}
