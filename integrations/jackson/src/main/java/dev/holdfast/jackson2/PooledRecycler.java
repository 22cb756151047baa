// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson2;

import com.fasterxml.jackson.core.util.BufferRecycler;
import dev.holdfast.jackson.stock.Loan;
import dev.holdfast.jackson.stock.WorkerStock;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** A recycler that knows its loan, for Jackson gives back the recycler alone. */
final class PooledRecycler extends BufferRecycler {

  private final Loan<PooledRecycler> loan;

  PooledRecycler(WorkerStock<PooledRecycler> stock) {
    this.loan = new Loan<>(stock, this);
  }

  Loan<PooledRecycler> loan() {
    return loan;
  }

  /** Returns how many bytes the buffers have that are kept; by who has the recycler alone. */
  long bytes() {
    AtomicReferenceArray<byte[]> ofBytes = _byteBuffers;
    long sum = 0;
    for (int i = 0; i < ofBytes.length(); i++) {
      byte[] buffer = ofBytes.getPlain(i);
      sum += buffer == null ? 0 : buffer.length;
    }
    AtomicReferenceArray<char[]> ofChars = _charBuffers;
    for (int i = 0; i < ofChars.length(); i++) {
      char[] buffer = ofChars.getPlain(i);
      sum += buffer == null ? 0 : (long) Character.BYTES * buffer.length;
    }
    return sum;
  }
}
