// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.holdfast.testing.Await;
import dev.holdfast.testing.VmState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What thread-exit locals leave behind: nothing, of ours or of the JDK's. */
@Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
final class ThreadExitMemoryTest {

  private static final int MEGABYTE = 1 << 20;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static void onThread(Runnable body) throws InterruptedException {
    Thread thread = new Thread(body);
    thread.start();
    thread.join();
  }

  private static long heapAfterGc() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void tenThousandShortThreadsLeaveNothing() throws Exception {
    AtomicInteger made = new AtomicInteger();
    AtomicInteger destroyed = new AtomicInteger();
    ThreadExitLocal<byte[]> local =
        ThreadExitLocal.of(
            () -> {
              made.incrementAndGet();
              return new byte[10_000];
            },
            value -> destroyed.incrementAndGet());
    onThread(local::get);
    long others = VmState.threadsWithValues();
    long before = heapAfterGc();
    List<Thread> ended = new ArrayList<>();
    for (int round = 0; round < 1_000; round++) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        Thread thread = new Thread(local::get);
        thread.start();
        threads.add(thread);
      }
      for (Thread each : threads) {
        each.join();
      }
      ended.addAll(threads);
    }
    assertThat(made).hasValue(10_001);
    assertThat(destroyed).hasValue(10_001);
    // Those of other tests may have ended meanwhile, as threads of the common pool do.
    assertThat(VmState.threadsWithValues()).isLessThanOrEqualTo(others);
    // The values alone were 100 MB. The threads themselves, which are kept here, are some hundred
    // bytes each.
    assertThat(heapAfterGc() - before).isLessThan(20L * MEGABYTE);
    assertThat(ended).hasSize(10_000);
  }

  @Test
  void aThreadThatEndedHoldsNeitherValueNorLocalNorDestructor() throws Exception {
    List<WeakReference<Object>> gone = Collections.synchronizedList(new ArrayList<>());
    Thread ended =
        new Thread(() -> {
          AtomicInteger kept = new AtomicInteger();
          ThreadExitLocal<Object> local =
              ThreadExitLocal.of(Object::new, value -> kept.incrementAndGet());
          gone.add(new WeakReference<>(local.get()));
          gone.add(new WeakReference<>(local));
          gone.add(new WeakReference<>(kept));
        });
    ended.start();
    ended.join();
    assertThat(gone).hasSize(3);
    Await.until(
        "all were collected",
        () -> {
          System.gc();
          return gone.stream().allMatch(each -> each.get() == null);
        });
    assertThat(ended.isAlive()).isFalse();
  }

  @Test
  void theValueOfACollectedLocalIsNeverSeenByAnotherAndIsDestroyed() throws Exception {
    AtomicInteger wrong = new AtomicInteger();
    AtomicInteger destroyed = new AtomicInteger();
    int rounds = 2_000;
    onThread(() -> {
      for (int i = 0; i < rounds; i++) {
        Integer own = i;
        if (ThreadExitLocal.of(() -> own, value -> destroyed.incrementAndGet()).get() != i) {
          wrong.incrementAndGet();
        }
        if (i % 500 == 0) {
          System.gc();
        }
      }
    });
    assertThat(wrong).hasValue(0);
    assertThat(destroyed).hasValue(rounds);
  }

  @Test
  void aUseAllocatesNothingOnceTheValueIsThere() throws Exception {
    ThreadExitLocal<int[]> local = ThreadExitLocal.of(() -> new int[1]);
    long[] allocated = new long[2];
    onThread(() -> {
      for (int i = 0; i < 20_000; i++) {
        local.get()[0]++;
      }
      allocated[0] = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 100_000; i++) {
        local.get()[0]++;
      }
      allocated[1] = THREADS.getCurrentThreadAllocatedBytes();
    });
    assertThat(allocated[1] - allocated[0]).isLessThan(100_000);
  }

  /**
   * The JDK keeps a buffer for each thread that writes to a file, in memory of its own, and frees
   * it as the thread ends.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @EnabledOnOs(OS.LINUX)
  void aDestructorMayWriteToFilesAndTheJdkFreesItsBuffersAfterIt(boolean alsoBefore)
      throws Exception {
    int threads = 10;
    // More than the C library keeps for later.
    ByteBuffer source = ByteBuffer.allocate(40 * MEGABYTE);
    AtomicInteger written = new AtomicInteger();
    write(source.duplicate());
    long before = nativeBytes();
    for (int i = 0; i < threads; i++) {
      ThreadExitLocal<Object> local =
          ThreadExitLocal.of(
              Object::new,
              value -> {
                write(source.duplicate());
                written.incrementAndGet();
              });
      onThread(() -> {
        if (alsoBefore) {
          write(source.duplicate());
        }
        local.get();
      });
    }
    assertThat(written).hasValue(threads);
    assertThat(nativeBytes() - before).isLessThan(80L * MEGABYTE);
  }

  private static void write(ByteBuffer source) {
    try (FileChannel channel = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE)) {
      channel.write(source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns how much memory this process uses that is no file's. */
  private static long nativeBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("RssAnon:")) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new AssertionError("the system does not tell");
  }
}
