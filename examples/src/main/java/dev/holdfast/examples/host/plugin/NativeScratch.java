// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.host.plugin;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Some native memory that is bound to the thread that allocates it: the JDK lets no other one touch
 * it or free it. Stands for any handle of a native library that is so.
 */
final class NativeScratch implements AutoCloseable {

  private static final int BYTES = 64 << 10;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory = arena.allocate(BYTES);

  /** Returns a text of ASCII, at most 64 KiB, in upper case. */
  byte[] upperCase(byte[] text) {
    MemorySegment part = memory.asSlice(0, text.length);
    part.copyFrom(MemorySegment.ofArray(text));
    for (long i = 0; i < text.length; i++) {
      byte each = part.get(JAVA_BYTE, i);
      if (each >= 'a' && each <= 'z') {
        part.set(JAVA_BYTE, i, (byte) (each - 'a' + 'A'));
      }
    }
    return part.toArray(JAVA_BYTE);
  }

  /** Frees the memory; throws {@link WrongThreadException} on any thread but the worker's. */
  @Override
  public void close() {
    arena.close();
  }
}
