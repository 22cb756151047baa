// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.local;

import dev.holdfast.runtime.Task;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.concurrent.CountDownLatch;

/** A task that holds the only value until told, or interrupted. */
final class LeaseHolder {
  private final CountDownLatch taken = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final Task<Object> task;

  LeaseHolder(WorkerRuntime runtime, WorkerLocal<Ledger.Probe> local) throws InterruptedException {
    task =
        runtime.spawn(
            "holder",
            () -> {
              try (Lease<Ledger.Probe> lease = local.lease()) {
                Ledger.Probe probe = lease.get();
                probe.enter();
                taken.countDown();
                try {
                  release.await();
                } finally {
                  probe.leave();
                }
              }
              return null;
            });
    taken.await();
  }

  void release() {
    release.countDown();
    task.join();
  }
}
