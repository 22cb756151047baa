// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson2;

import com.fasterxml.jackson.core.util.BufferRecycler;
import dev.holdfast.jackson.stock.Loan;
import dev.holdfast.jackson.stock.WorkerStock;

/**
 * A recycler that knows its loan, for Jackson gives back the recycler alone, and how much it keeps.
 */
final class PooledRecycler extends BufferRecycler {

  private final Loan<PooledRecycler> loan;

  // The most bytes that each buffer had as it came back, those of bytes first, and their sum. By
  // who has the recycler. Counted as buffers come back, not when the recycler does: that would be a
  // look at each.
  private final long[] most = new long[_byteBuffers.length() + _charBuffers.length()];
  private long bytes;

  PooledRecycler(WorkerStock<PooledRecycler> stock) {
    this.loan = new Loan<>(stock, this);
  }

  Loan<PooledRecycler> loan() {
    return loan;
  }

  /** Returns how many bytes the buffers have at the most that are kept. */
  long bytes() {
    return bytes;
  }

  @Override
  public void releaseByteBuffer(int kind, byte[] buffer) {
    super.releaseByteBuffer(kind, buffer);
    count(kind, buffer.length);
  }

  @Override
  public void releaseCharBuffer(int kind, char[] buffer) {
    super.releaseCharBuffer(kind, buffer);
    count(_byteBuffers.length() + kind, (long) Character.BYTES * buffer.length);
  }

  private void count(int buffer, long now) {
    long more = now - most[buffer];
    if (more > 0) {
      most[buffer] = now;
      bytes += more;
    }
  }
}
