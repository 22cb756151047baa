// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.Deflater;

/**
 * What one task at a time needs to digest bytes: a SHA-256 digest, a {@link Deflater} with its
 * native memory, and off-heap buffers.
 *
 * <p>Not thread-safe; one task may hand it to the next on another thread.
 */
final class DigestContext implements AutoCloseable {

  private static final int INPUT_BYTES = 64 * 1024;
  private static final int OUTPUT_BYTES = 16 * 1024;

  /** The off-heap bytes of one context, the deflater's own not counted. */
  static final int BUFFER_BYTES = INPUT_BYTES + OUTPUT_BYTES;

  private static final Cleaner CLEANER = Cleaner.create();

  private final ContextCount count;
  private final Arena arena;
  private final ByteBuffer input;
  private final ByteBuffer output;
  private final MessageDigest sha256;
  private final Deflater deflater;

  // Set by the first close, compared by each later one.
  private final AtomicBoolean closed = new AtomicBoolean();

  private DigestContext(ContextCount count, Arena arena) {
    this.count = count;
    this.arena = arena;
    this.sha256 = newSha256();
    ByteBuffer memory = arena.allocate(BUFFER_BYTES).asByteBuffer();
    this.input = memory.slice(0, INPUT_BYTES);
    this.output = memory.slice(INPUT_BYTES, OUTPUT_BYTES);
    this.deflater = new Deflater(Deflater.BEST_SPEED, true);
    count.made();
  }

  /** Makes a context that lives until it is closed. */
  static DigestContext owned(ContextCount count) {
    return new DigestContext(count, Arena.ofShared());
  }

  /**
   * Makes a context that nobody closes: its buffers and its deflater's memory are freed when the
   * garbage collector finds it, as those of {@code ByteBuffer.allocateDirect} are.
   */
  static DigestContext collected(ContextCount count) {
    DigestContext context = new DigestContext(count, Arena.ofAuto());
    CLEANER.register(context, count::reclaimed);
    return context;
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256, this one does not", e);
    }
  }

  /** A source of bytes: fills what remains of the buffer, or a part of it. */
  interface Source {
    int read(ByteBuffer into, long position) throws IOException;
  }

  /** Digests {@code length} bytes of a source, beginning at {@code offset}. */
  FileResult digest(Source source, long offset, long length) throws IOException {
    if (closed.get()) {
      throw new IllegalStateException("a digest context was used after it was freed");
    }
    sha256.reset();
    deflater.reset();
    long compressed = 0;
    long end = offset + length;
    for (long position = offset; position < end; ) {
      input.clear().limit((int) Math.min(INPUT_BYTES, end - position));
      int read = source.read(input, position);
      if (read < 0) {
        throw new EOFException(
            "it now ends at byte " + position + ", before the " + end + " bytes that were listed");
      }
      position += read;
      input.flip();
      sha256.update(input.duplicate());
      deflater.setInput(input);
      while (!deflater.needsInput()) {
        compressed += deflater.deflate(output.clear());
      }
    }
    deflater.finish();
    while (!deflater.finished()) {
      compressed += deflater.deflate(output.clear());
    }
    return new FileResult.Digested(HexFormat.of().formatHex(sha256.digest()), compressed);
  }

  /** Frees the native memory; a second call is counted and refused. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      count.doublyFreed();
      throw new IllegalStateException("a digest context was freed twice");
    }
    deflater.end();
    arena.close();
    count.freed();
  }
}
