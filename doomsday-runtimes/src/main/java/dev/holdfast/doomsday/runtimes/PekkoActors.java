// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.Receipt;
import dev.holdfast.doomsday.ThreadValues;
import dev.holdfast.doomsday.Work;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.AbstractActorWithTimers;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Props;

/**
 * A system whose tasks are actors: what Pekko is for, and what {@code terminate} stops.
 *
 * <p>The documentation, "Classic Actors", has an actor made by {@code actorOf}, wait for messages
 * rather than block, stop itself when it is done, be told of its stop by {@code postStop}, and set
 * timers by {@code AbstractActorWithTimers}.
 */
final class PekkoActors extends PekkoAdapter.Running {

  private enum Step {
    BEGIN,
    GO_ON
  }

  PekkoActors(ActorSystem system, ThreadValues values) {
    super(system, values);
  }

  @Override
  public Receipt submit(Work work) {
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    return begin(
        Props.create(Task.class, () -> new Task(work, stopped, Duration.ZERO, false)), stopped);
  }

  @Override
  public Receipt submitBlocking(Work work) {
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    return begin(
        Props.create(Task.class, () -> new Task(work, stopped, Duration.ZERO, true))
            .withDispatcher(PekkoAdapter.BLOCKING_DISPATCHER),
        stopped);
  }

  private Receipt begin(Props props, CompletableFuture<Void> stopped) {
    system().actorOf(props).tell(Step.BEGIN, ActorRef.noSender());
    return Receipt.of(stopped);
  }

  @Override
  public Receipt schedule(Work work, Duration delay) {
    if (!delay.isPositive()) {
      return submit(work);
    }
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    system().actorOf(Props.create(Task.class, () -> new Task(work, stopped, delay, false)));
    return Receipt.of(stopped);
  }

  private static final class Task extends AbstractActorWithTimers {

    private final Work work;
    private final CompletableFuture<Void> stopped;
    private final Duration delay;
    private final boolean blocks;

    // Used as all of an actor's state is: by one thread at a time.
    private boolean ended;

    Task(Work work, CompletableFuture<Void> stopped, Duration delay, boolean blocks) {
      this.work = work;
      this.stopped = stopped;
      this.delay = delay;
      this.blocks = blocks;
    }

    @Override
    public void preStart() {
      if (delay.isPositive()) {
        getTimers().startSingleTimer(Step.BEGIN, Step.BEGIN, delay);
      }
    }

    @Override
    public Receive createReceive() {
      return receiveBuilder()
          .matchEquals(Step.BEGIN, message -> begin())
          .matchEquals(Step.GO_ON, message -> goOn())
          .build();
    }

    private void begin() {
      if (blocks) {
        work.run();
        end();
      } else if (work.begin()) {
        ActorRef self = getSelf();
        work.onWake(() -> self.tell(Step.GO_ON, ActorRef.noSender()));
      } else {
        goOn();
      }
    }

    private void goOn() {
      work.resume();
      end();
    }

    private void end() {
      ended = true;
      getContext().stop(getSelf());
    }

    @Override
    public void postStop() {
      if (!ended) {
        work.drop(new IllegalStateException("its actor was stopped"));
      }
      stopped.complete(null);
    }
  }
}
