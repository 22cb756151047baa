// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadFactory;

/** A thread factory that does one thing wrong, once or from then on, and keeps what it made. */
final class FaultyFactory implements ThreadFactory {

  /** What it does wrong. */
  enum Fault {
    THROWS("factory fails"),
    OUT_OF_MEMORY("no memory"),
    RETURNS_NULL("returned null"),
    RETURNS_VIRTUAL("new platform thread"),
    RETURNS_STARTED("not started"),
    RETURNS_ENDED("not started"),
    CANNOT_START("no native thread");

    /** What the message of the failed start contains. */
    final String message;

    Fault(String message) {
      this.message = message;
    }
  }

  private final Fault fault;
  private final int from;
  private final int upTo;

  // Guarded by this.
  private final List<Thread> made = new ArrayList<>();
  private int asked;

  /**
   * Makes a factory.
   *
   * @param from the first call that goes wrong, from 0
   * @param upTo the first call after it that does not
   */
  FaultyFactory(Fault fault, int from, int upTo) {
    this.fault = fault;
    this.from = from;
    this.upTo = upTo;
  }

  /** Returns the threads made so far, those of failed calls included. */
  synchronized List<Thread> made() {
    return List.copyOf(made);
  }

  /** Returns how often a thread was asked for. */
  synchronized int asked() {
    return asked;
  }

  @Override
  public synchronized Thread newThread(Runnable body) {
    int call = asked++;
    if (call < from || call >= upTo) {
      return keep(new Thread(body, "made-" + call));
    }
    return switch (fault) {
      case THROWS -> throw new IllegalStateException("the factory fails");
      case OUT_OF_MEMORY -> throw new OutOfMemoryError("no memory for a thread");
      case RETURNS_NULL -> null;
      case RETURNS_VIRTUAL -> keep(Thread.ofVirtual().unstarted(body));
      case RETURNS_STARTED -> keep(Thread.ofPlatform().daemon().start(body));
      case RETURNS_ENDED -> keep(ended());
      case CANNOT_START -> keep(new Unstartable(body));
    };
  }

  private Thread keep(Thread thread) {
    made.add(thread);
    return thread;
  }

  private static Thread ended() {
    Thread thread = Thread.ofPlatform().start(() -> {});
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return thread;
  }

  /** A thread for which the system has no room. */
  private static final class Unstartable extends Thread {
    Unstartable(Runnable body) {
      super(body);
    }

    @Override
    public void start() {
      throw new OutOfMemoryError("no native thread");
    }
  }
}
