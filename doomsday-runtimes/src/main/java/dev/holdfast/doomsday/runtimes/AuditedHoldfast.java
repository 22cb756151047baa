// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.ArmedValue;
import dev.holdfast.doomsday.Armory;
import dev.holdfast.doomsday.AuditedExecutor;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.Owner;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Work;
import dev.holdfast.local.Guard;
import dev.holdfast.local.Lease;
import dev.holdfast.local.LeaseOverflow;
import dev.holdfast.local.LocalRef;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.runtime.RuntimeListener;
import dev.holdfast.runtime.Tier;
import dev.holdfast.runtime.WorkerRuntime;
import dev.holdfast.shutdown.ShutdownReport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * A runtime of this project under audit.
 *
 * <p>All forms of access that last are used: the slots are reached by reference, by guard and by
 * lease, and the last slot, which is asked for late, by reference again. Tasks are started in all
 * the ways there are, virtual threads that a task starts by itself included.
 */
final class AuditedHoldfast extends AuditedExecutor {

  private static final String DRAINING = "shutdown(limit, 0)";
  private static final String CANCELLING = "shutdown(0, limit)";

  static final List<String> WAYS = List.of(CLOSE, DRAINING, CANCELLING, SHUTDOWN, SHUTDOWN_NOW);

  private static final int GUARDED = 1;
  private static final int LEASED = 2;

  private final WorkerRuntime runtime;
  private final Values values;
  private final AtomicInteger submitted = new AtomicInteger();

  AuditedHoldfast(Tier tier, Setup setup) {
    Values values = new Values(setup.armory());
    WorkerRuntime runtime =
        WorkerRuntime.builder()
            .tier(tier)
            .workers(setup.threads())
            .listener(values)
            .uncaughtExceptionHandler((thread, failure) -> {})
            .start();
    this.runtime = runtime;
    this.values = values;
    super(runtime, values::reference);
  }

  /** The locals of one round. */
  private static final class Values implements RuntimeListener {

    private final WorkerLocal<Owner> owner = WorkerLocal.of(Owner::new);
    private final List<WorkerLocal<ArmedValue>> slots;

    Values(Armory armory) {
      slots =
          IntStream.range(0, Work.SLOTS)
              .mapToObj(slot -> slot == LEASED ? leased(armory) : plain(armory, slot))
              .toList();
    }

    private WorkerLocal<ArmedValue> plain(Armory armory, int slot) {
      String name = "slot " + slot;
      return WorkerLocal.builder(() -> armory.make(name, owner.with(its -> its)))
          .destructor(ArmedValue::destroy)
          .name(name)
          .build();
    }

    private WorkerLocal<ArmedValue> leased(Armory armory) {
      return WorkerLocal.builder(() -> armory.makePooled("lease", owner.with(its -> its)))
          .destructor(ArmedValue::destroy)
          .name("lease")
          .leases(2)
          .overflow(LeaseOverflow.TEMPORARY)
          .build();
    }

    /** Has a worker note its thread, which an initialiser that runs in a task does not see. */
    @Override
    public void workerStarted(int worker) {
      owner.update(its -> its.is(Thread.currentThread()));
    }

    Reference reference(int slot) {
      return switch (slot) {
        case GUARDED -> guard(slot);
        case LEASED -> lease();
        default -> {
          LocalRef<ArmedValue> reference = slots.get(slot).ref();
          yield reference::get;
        }
      };
    }

    Reference guard(int slot) {
      Guard<ArmedValue> guard = slots.get(slot).guard();
      return new OfOneTask() {
        @Override
        public ArmedValue get() {
          return guard.get();
        }

        @Override
        public void close() {
          guard.close();
        }
      };
    }

    private Reference lease() {
      Lease<ArmedValue> lease = slots.get(LEASED).lease();
      return new OfOneTask() {
        @Override
        public ArmedValue get() {
          return lease.get();
        }

        @Override
        public void close() {
          lease.close();
        }
      };
    }
  }

  /** A reference that only who took it uses. */
  private interface OfOneTask extends Reference {
    @Override
    default boolean shared() {
      return false;
    }
  }

  @Override
  public Reference outside(int slot) {
    return values.guard(slot == LEASED ? GUARDED : slot);
  }

  @Override
  public Receipt submit(Work work) {
    return switch (submitted.getAndIncrement() % 4) {
      case 0 ->
          receipt(
              runtime.spawn(() -> {
                work.run();
                return null;
              }));
      case 1 -> {
        runtime.execute(work);
        yield Receipt.NONE;
      }
      case 2 -> {
        runtime.threadFactory().newThread(work).start();
        yield Receipt.NONE;
      }
      default -> {
        Future<?> starter = runtime.submit(() -> inAThreadOfItsOwn(work));
        // Once that has started it, the end of the starter says nothing of the work.
        yield () -> starter.isDone() && starter.state() != Future.State.SUCCESS;
      }
    };
  }

  /** Has a virtual thread run a work that a task has started by itself. */
  private static void inAThreadOfItsOwn(Work work) {
    Thread.ofVirtual().start(work);
  }

  /** Jobs use the references that they are given. */
  @Override
  public Receipt submitBlocking(Work work) {
    work.borrowOnly();
    return receipt(
        runtime.spawnBlocking(() -> {
          work.run();
          return null;
        }));
  }

  @Override
  public Ending shutDown(String way, Duration limit) throws Exception {
    return switch (way) {
      case DRAINING -> ending(runtime.shutdown(limit, Duration.ZERO));
      case CANCELLING -> ending(runtime.shutdown(Duration.ZERO, limit));
      default -> super.shutDown(way, limit);
    };
  }

  private static Ending ending(ShutdownReport report) {
    return report.terminated() ? Ending.COMPLETE : Ending.TIMED_OUT;
  }

  /** By its own hook. */
  @Override
  public boolean endsWithTheJvm() {
    return true;
  }
}
