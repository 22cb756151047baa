// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.handles.plain;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.holdfast.examples.handles.ResidentSize;
import dev.holdfast.examples.handles.ZstdContexts;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Contexts of zstd without Holdfast. {@code per-thread}: one in a {@code ThreadLocal}, which on
 * virtual threads is one for each, closed by nobody. {@code shared}: one for all.
 */
public final class PlainZstd {

  private static final int TASKS = 2000;

  private PlainZstd() {}

  /** Runs one of the two, and prints what came of it. */
  public static void main(String... args) throws Exception {
    byte[] text = ZstdContexts.text(64 * 1024);
    Zstd.compress(text);
    switch (args[0]) {
      case "per-thread" -> perThread(text);
      case "shared" -> shared(text);
      default -> throw new IllegalArgumentException("per-thread or shared, not " + args[0]);
    }
  }

  private static void perThread(byte[] text) throws Exception {
    AtomicInteger made = new AtomicInteger();
    ThreadLocal<ZstdCompressCtx> contexts =
        ThreadLocal.withInitial(() -> {
          made.incrementAndGet();
          return new ZstdCompressCtx();
        });
    long before = ResidentSize.megabytes();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < TASKS; i++) {
        threads.execute(() -> contexts.get().compress(text));
      }
    }
    System.gc();
    System.out.println(
        made + " contexts, none closed, " + (ResidentSize.megabytes() - before) + " MB more");
  }

  private static void shared(byte[] text) {
    AtomicInteger bad = new AtomicInteger();
    // Never closed: with the crash that is likely there is no end to wait for.
    ZstdCompressCtx context = new ZstdCompressCtx();
    byte[] good = Zstd.compress(text);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < TASKS; i++) {
        threads.execute(() -> {
          try {
            if (!Arrays.equals(good, context.compress(text))) {
              bad.incrementAndGet();
            }
          } catch (RuntimeException _) {
            bad.incrementAndGet();
          }
        });
      }
    }
    System.out.println(bad + " of " + TASKS + " results are wrong");
  }
}
