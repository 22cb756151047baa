// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson.stock;

import dev.holdfast.jackson.PoolOptions;
import org.jspecify.annotations.Nullable;

/**
 * Things at rest, the last one on top, bounded in number and bytes. Not thread-safe, but for {@link
 * #count}.
 */
final class Pile<T> {

  private final int most;
  private final long mostBytes;

  private @Nullable Loan<T> top;
  private long bytes;

  // Read by others, who may be late.
  private int count;

  Pile(PoolOptions options) {
    this.most = options.recyclers();
    this.mostBytes = options.bytes();
  }

  @Nullable Loan<T> take() {
    Loan<T> loan = top;
    if (loan != null) {
      top = loan.below();
      loan.below(null);
      bytes -= loan.bytes();
      count--;
    }
    return loan;
  }

  /** Keeps a thing, unless there is no room for it. */
  void keep(Loan<T> loan) {
    long more = bytes + loan.bytes();
    if (count < most && more <= mostBytes) {
      loan.below(top);
      top = loan;
      bytes = more;
      count++;
    }
  }

  int count() {
    return count;
  }
}
