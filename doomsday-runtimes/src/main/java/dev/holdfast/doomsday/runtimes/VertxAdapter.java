// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.Armory;
import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Ending;
import dev.holdfast.doomsday.OwnedValues;
import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.Reference;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.doomsday.Work;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Vert.x, with an instance of a verticle on each event loop.
 *
 * <p>As in the manual "Vert.x Core", "Writing Verticles", a verticle makes its values in {@code
 * start} and destroys them in {@code stop}; tasks find them in the context, "The Context object". A
 * thread outside has a task go on by running it on the context, and blocking jobs are run as in
 * "Running blocking code". By "Automatic clean-up in verticles" timers end with their verticle, so
 * that it knows of their end. All ends as in "Un-deploying verticle deployments" and "Causing
 * Vert.x to exit".
 */
final class VertxAdapter implements RuntimeAdapter {

  static final String CLOSE = "close";
  static final String UNDEPLOY = "undeploy, then close";

  private static final String VALUES = "values";

  @Override
  public String name() {
    return "vertx";
  }

  @Override
  public String version() {
    String version = Vertx.class.getPackage().getImplementationVersion();
    return version == null ? "unknown" : version;
  }

  @Override
  public String arming() {
    return "stop of the verticle";
  }

  @Override
  public List<String> ways() {
    return List.of(CLOSE, UNDEPLOY);
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    int threads = setup.threads();
    Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(threads));
    Queue<Owner> made = new ConcurrentLinkedQueue<>();
    String deployment =
        vertx
            .deployVerticle(
                () -> {
                  Owner owner = new Owner(setup.armory());
                  made.add(owner);
                  return owner;
                },
                new DeploymentOptions().setInstances(threads))
            .await();
    return new Deployed(vertx, deployment, List.copyOf(made));
  }

  /** The verticle. */
  private static final class Owner extends VerticleBase {

    private final OwnedValues values;

    // Written by stop, read by who has set a timer.
    private volatile boolean stopped;

    Owner(Armory armory) {
      values = new OwnedValues(armory);
    }

    @Override
    public Future<?> start() throws Exception {
      for (int slot = 0; slot < Work.SLOTS; slot++) {
        values.reference(slot);
      }
      context.put(VALUES, values);
      return super.start();
    }

    @Override
    public Future<?> stop() throws Exception {
      stopped = true;
      values.destroyAll();
      return super.stop();
    }

    Receipt submit(Work work) {
      Promise<Void> done = Promise.promise();
      context.runOnContext(nothing -> begin(work, done));
      return done.future()::isComplete;
    }

    Receipt schedule(Work work, long millis) {
      Promise<Void> done = Promise.promise();
      context.runOnContext(nothing -> vertx.setTimer(millis, timer -> begin(work, done)));
      return () -> stopped || done.future().isComplete();
    }

    Receipt submitBlocking(Work work) {
      Future<Work> job =
          context.executeBlocking(() -> {
            work.run();
            return work;
          });
      return job::isComplete;
    }

    private void begin(Work work, Promise<Void> done) {
      if (work.begin()) {
        work.onWake(() -> context.runOnContext(nothing -> finish(work, done)));
      } else {
        finish(work, done);
      }
    }

    private static void finish(Work work, Promise<Void> done) {
      work.resume();
      done.complete();
    }
  }

  private record Deployed(Vertx vertx, String deployment, List<Owner> owners, AtomicInteger turn)
      implements AuditedRuntime {

    Deployed(Vertx vertx, String deployment, List<Owner> owners) {
      this(vertx, deployment, owners, new AtomicInteger());
    }

    private Owner next() {
      return owners.get(Math.floorMod(turn.getAndIncrement(), owners.size()));
    }

    /** Also on a worker, where the context is that of the verticle. */
    @Override
    public Reference reference(int slot) {
      OwnedValues values = Vertx.currentContext().get(VALUES);
      return values.reference(slot);
    }

    @Override
    public Receipt submit(Work work) {
      return next().submit(work);
    }

    @Override
    public Receipt submitBlocking(Work work) {
      return next().submitBlocking(work);
    }

    @Override
    public Receipt schedule(Work work, Duration delay) {
      return next().schedule(work, Math.max(1, delay.toMillis()));
    }

    /** A thread of Vert.x does not wait, and could not. */
    @Override
    public Ending shutDown(String way, Duration limit) {
      boolean inside = Context.isOnVertxThread();
      long deadline = System.nanoTime() + limit.toNanos();
      try {
        switch (way) {
          case CLOSE -> {}
          case UNDEPLOY -> {
            Future<Void> undeployed = vertx.undeploy(deployment);
            if (inside) {
              undeployed.onComplete(result -> vertx.close());
              return Ending.UNTOLD;
            }
            awaitEither(undeployed, deadline);
          }
          default -> throw new IllegalArgumentException("there is no way '" + way + "'");
        }
        Future<Void> closed = vertx.close();
        if (inside) {
          return Ending.UNTOLD;
        }
        await(closed, deadline);
        return Ending.COMPLETE;
      } catch (TimeoutException e) {
        return Ending.TIMED_OUT;
      }
    }

    private static void await(Future<Void> future, long deadline) throws TimeoutException {
      future.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    /** Waits for success or failure: it failed to stop, or was undeployed already. */
    private static void awaitEither(Future<Void> undeployed, long deadline)
        throws TimeoutException {
      try {
        await(undeployed, deadline);
      } catch (RuntimeException e) {
        // Vert.x can be closed all the same.
        return;
      }
    }

    @Override
    public void abandon() {
      vertx.close();
    }
  }
}
