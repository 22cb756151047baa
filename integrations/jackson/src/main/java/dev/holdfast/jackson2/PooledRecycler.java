// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson2;

import com.fasterxml.jackson.core.util.BufferRecycler;
import dev.holdfast.jackson.stock.Loan;
import dev.holdfast.jackson.stock.WorkerStock;

/** A recycler that knows its loan, for Jackson gives back the recycler alone. */
final class PooledRecycler extends BufferRecycler {

  /** Of buffers of either type; a constant, so that the compiler makes no loop of it. */
  private static final int KINDS = 4;

  private final Loan<PooledRecycler> loan;

  PooledRecycler(WorkerStock<PooledRecycler> stock) {
    this.loan = new Loan<>(stock, this);
  }

  Loan<PooledRecycler> loan() {
    return loan;
  }

  /** Returns how many bytes the buffers have that are kept; by who has the recycler alone. */
  long bytes() {
    long sum = 0;
    for (int i = 0; i < KINDS; i++) {
      byte[] bytes = _byteBuffers.getPlain(i);
      char[] chars = _charBuffers.getPlain(i);
      sum += bytes == null ? 0 : bytes.length;
      sum += chars == null ? 0 : (long) Character.BYTES * chars.length;
    }
    return sum;
  }
}
