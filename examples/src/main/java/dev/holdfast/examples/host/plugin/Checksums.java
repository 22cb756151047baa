// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.host.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.zip.CRC32;

/**
 * Answers a text with its checksum, and says which version of the plugin did it.
 *
 * <p>It keeps one value of each kind on every worker that it is called on: one that only the
 * worker's own thread may touch, and one that a task has to itself for a while.
 */
public final class Checksums implements Function<String, String> {

  // An AutoCloseable is closed: on its worker, when the host releases this class's loader.
  private static final WorkerLocal<NativeScratch> SCRATCH = WorkerLocal.of(NativeScratch::new);

  private static final WorkerLocal<CRC32> CHECKSUM = WorkerLocal.of(CRC32::new);

  /** Stands for the wait for somebody slow, in the midst of a request. */
  private static final long SLOW_NANOS = 100_000;

  private final String version =
      Objects.requireNonNull(
          Checksums.class.getPackage().getImplementationVersion(), "the jar says no version");

  /** For the host, which knows this class by the jar's manifest only. */
  public Checksums() {}

  @Override
  public String apply(String text) {
    byte[] upper = SCRATCH.onOwner(scratch -> scratch.upperCase(text.getBytes(UTF_8)));
    try (Lease<CRC32> lease = CHECKSUM.lease()) {
      CRC32 checksum = lease.get();
      checksum.reset();
      checksum.update(upper);
      LockSupport.parkNanos(SLOW_NANOS);
      return version + " " + checksum.getValue();
    }
  }
}
