// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Compression contexts of zstd that belong to workers and are leased: each about half a megabyte of
 * native memory, which no garbage collector gives back, and for one thread at a time.
 */
public final class ZstdContexts {

  private static final int WORKERS = 2;
  private static final int PER_WORKER = 4;

  private static final AtomicInteger MADE = new AtomicInteger();
  private static final AtomicInteger CLOSED = new AtomicInteger();

  private static final WorkerLocal<ZstdCompressCtx> CONTEXT =
      WorkerLocal.<ZstdCompressCtx>builder(ZstdContexts::newContext)
          .name("zstd")
          .leases(PER_WORKER)
          .destructor(ZstdContexts::close)
          .build();

  private ZstdContexts() {}

  /** Runs the program. */
  public static void main(String... args) throws Exception {
    byte[] text = text(64 * 1024);
    Zstd.compress(text); // the library is loaded now
    long before = ResidentSize.megabytes();
    int good = 0;
    int tasks = 2000;
    try (WorkerRuntime runtime = WorkerRuntime.builder().workers(WORKERS).spareWorkers(0).start()) {
      List<Task<Boolean>> all =
          IntStream.range(0, tasks)
              .mapToObj(_ -> runtime.<Boolean>spawn(() -> isCompressed(text)))
              .toList();
      for (Task<Boolean> each : all) {
        good += each.join() ? 1 : 0;
      }
      System.out.println(
          tasks
              + " tasks, "
              + good
              + " good results, "
              + MADE
              + " contexts, "
              + (ResidentSize.megabytes() - before)
              + " MB more");
    }
    System.out.println(CLOSED + " contexts closed");
    if (good != tasks || MADE.get() > WORKERS * PER_WORKER || CLOSED.get() != MADE.get()) {
      throw new IllegalStateException("not all were good, or too many were made, or not closed");
    }
  }

  /** Compresses a text and looks whether it can be read again. */
  private static boolean isCompressed(byte[] text) {
    byte[] compressed;
    try (Lease<ZstdCompressCtx> lease = CONTEXT.lease()) {
      compressed = lease.get().compress(text);
    }
    return Arrays.equals(text, Zstd.decompress(compressed, text.length));
  }

  private static ZstdCompressCtx newContext() {
    MADE.incrementAndGet();
    return new ZstdCompressCtx();
  }

  private static void close(ZstdCompressCtx context) {
    context.close();
    CLOSED.incrementAndGet();
  }

  /** Returns a text of some length that can be compressed. */
  public static byte[] text(int length) {
    StringBuilder text = new StringBuilder(length + 16);
    for (int i = 0; text.length() < length; i++) {
      text.append("line ").append(i * 7919L % 1000).append('\n');
    }
    return Arrays.copyOf(text.toString().getBytes(StandardCharsets.US_ASCII), length);
  }
}
