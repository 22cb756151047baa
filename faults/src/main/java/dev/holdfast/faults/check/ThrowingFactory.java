// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.check;

import dev.holdfast.faults.books.Books;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** A factory of platform threads that may be what throws, but not for the first of them. */
final class ThrowingFactory implements ThreadFactory {

  private final Thrower thrower;
  private final Books books;
  private final int sparing;
  private final AtomicInteger made = new AtomicInteger();

  /**
   * Makes one.
   *
   * @param sparing so many threads are made in any case: without workers there is no runtime
   */
  ThrowingFactory(Thrower thrower, Books books, int sparing) {
    this.thrower = thrower;
    this.books = books;
    this.sparing = sparing;
  }

  @Override
  public Thread newThread(Runnable body) {
    int number = made.getAndIncrement();
    if (number >= sparing) {
      thrower.at(Callback.THREAD_FACTORY, books);
    }
    String role = number < sparing ? "-worker-" + number : "-spare-or-blocking-" + number;
    return Thread.ofPlatform().daemon().name(books.runtime() + role).unstarted(body);
  }
}
