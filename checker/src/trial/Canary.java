// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.trial;

import dev.holdfast.local.Lease;
import dev.holdfast.local.LocalRef;
import dev.holdfast.local.TaskConfined;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.WorkerRuntime;
import java.util.ArrayList;
import java.util.List;

/**
 * One misuse of each check. `bin/field-trial` compiles it with the files of each library, and fails
 * if it does not find the check that a line is marked with.
 */
final class Canary {

  private static final ThreadLocal<byte[]> CACHE =
      ThreadLocal.withInitial(() -> new byte[8192]); // finds: ThreadLocalCache

  private static final WorkerLocal<byte[]> BUFFER = WorkerLocal.of(() -> new byte[8192]);

  private static WorkerRuntime runtime;
  private static final WorkerLocal<byte[]> TOUCHES =
      WorkerLocal.of(
          () -> new byte[8192],
          buffer -> BUFFER.update(any -> any[0] = buffer[0])); // finds: DestructorTouchesOtherLocal

  private static LocalRef<byte[]> kept; // finds: ReferenceEscapes

  private Canary() {}

  static int size() {
    TOUCHES.update(any -> any[0]++);
    return CACHE.get().length;
  }

  static int madeForOneUse() {
    return WorkerLocal.of(() -> new int[1]).with(each -> each[0]++); // finds: WorkerLocalNotStatic
  }

  static int neverClosed() {
    Lease<byte[]> lease = BUFFER.lease(); // finds: LeaseNotClosed
    return lease.get().length;
  }

  static void keptForever() {
    kept = BUFFER.ref(); // finds: RefToUnsafeValue
  }

  static void pinnedAsleep(Thread other) {
    BUFFER.update(
        buffer -> {
          try {
            Thread.sleep(buffer.length); // finds: BlockingInsideWith
          } catch (InterruptedException e) {
            other.interrupt();
          }
        });
  }

  static void shared(List<String> names) {
    List<String> found = new ArrayList<>();
    for (String name : names) {
      runtime.execute(() -> found.add(name)); // finds: SpawnCapturesUnsafe
    }
  }

  static void confined() {
    TaskConfined<String> name = TaskConfined.of("name");
    runtime.execute(() -> name.set("other")); // finds: TaskConfinedShared
  }

  static WorkerLocal<byte[]> spawnsAtItsEnd() {
    return WorkerLocal.of(
        () -> new byte[8192],
        buffer -> runtime.execute(() -> System.out.println(buffer.length))); // finds: SpawnInDestructor
  }
}
