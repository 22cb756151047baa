// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;

/** A document of which the second part comes when a latch is open. */
final class Gate extends InputStream {

  private final InputStream first;
  private final InputStream second;
  private final CountDownLatch reached;
  private final CountDownLatch open;
  private boolean passed;

  /**
   * A document.
   *
   * @param reached is told when the first part has been read
   */
  Gate(String first, String second, CountDownLatch reached, CountDownLatch open) {
    this.first = new ByteArrayInputStream(first.getBytes(UTF_8));
    this.second = new ByteArrayInputStream(second.getBytes(UTF_8));
    this.reached = reached;
    this.open = open;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int from, int most) throws IOException {
    int read = first.read(into, from, most);
    if (read > 0) {
      return read;
    }
    if (!passed) {
      passed = true;
      reached.countDown();
      try {
        open.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the document was not waited for");
      }
    }
    return second.read(into, from, most);
  }
}
