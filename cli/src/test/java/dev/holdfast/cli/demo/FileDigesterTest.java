// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import java.util.zip.InflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDigesterTest {

  private final ContextCount count = new ContextCount();

  @Test
  void aFileUpToTheBlockSizeHasTheDigestOfItsBytes(@TempDir Path directory) throws IOException {
    byte[] bytes = "abc".getBytes(US_ASCII);
    Files.write(directory.resolve("file"), bytes);

    assertThat(digestOnlyFile(directory, 3).sha256())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        .isEqualTo(TestTree.sha256(bytes));
  }

  @Test
  void anEmptyFileHasTheDigestOfNothing(@TempDir Path directory) throws IOException {
    Files.write(directory.resolve("file"), new byte[0]);

    FileResult.Digested result = digestOnlyFile(directory, 10);

    assertThat(result.sha256()).isEqualTo(TestTree.sha256(new byte[0]));
    assertThat(result.compressedBytes()).isEqualTo(2);
  }

  @Test
  void aCutFileHasTheDigestOfItsBlocksDigests(@TempDir Path directory) throws IOException {
    Files.write(directory.resolve("file"), "abcde".getBytes(US_ASCII));

    byte[] first = HexFormat.of().parseHex(TestTree.sha256("abc".getBytes(US_ASCII)));
    byte[] second = HexFormat.of().parseHex(TestTree.sha256("de".getBytes(US_ASCII)));
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(first);
    both.writeBytes(second);
    assertThat(digestOnlyFile(directory, 3).sha256())
        .isEqualTo(TestTree.sha256(both.toByteArray()));
  }

  @Test
  void theCompressedSizeIsThatOfTheDeflatedBytes() throws IOException {
    byte[] bytes = "to be or not to be ".repeat(50_000).getBytes(US_ASCII);
    Deflater deflater = new Deflater(1, true);
    deflater.setInput(bytes);
    deflater.finish();
    byte[] deflated = new byte[bytes.length];
    int size = deflater.deflate(deflated);
    deflater.end();
    ByteArrayOutputStream back = new ByteArrayOutputStream();
    try (InflaterOutputStream inflate = new InflaterOutputStream(back, new Inflater(true))) {
      inflate.write(deflated, 0, size);
    }
    assertThat(back.toByteArray()).isEqualTo(bytes);

    try (DigestContext context = DigestContext.owned(count)) {
      FileResult.Digested result =
          (FileResult.Digested) context.digest(source(bytes, 1 << 16), 0, bytes.length);
      assertThat(result.sha256()).isEqualTo(TestTree.sha256(bytes));
      assertThat(result.compressedBytes()).isBetween(size - 64L, size + 64L);
    }
  }

  @Test
  void aContextIsAsNewAfterASourceThatFailed() throws IOException {
    byte[] bytes = "some bytes".getBytes(US_ASCII);
    try (DigestContext context = DigestContext.owned(count)) {
      FileResult expected = context.digest(source(bytes, 100), 0, bytes.length);
      assertThatThrownBy(() -> context.digest(source(bytes, 3), 0, 100))
          .isInstanceOf(EOFException.class)
          .hasMessageContaining("ends at byte 10");

      assertThat(context.digest(source(bytes, 1), 0, bytes.length)).isEqualTo(expected);
    }
  }

  @Test
  void aContextIsFreedOnceAndNotUsedAfterwards() {
    DigestContext context = DigestContext.owned(count);
    assertThat(count.live()).isEqualTo(1);
    context.close();

    assertThatThrownBy(context::close).hasMessageContaining("freed twice");
    assertThatThrownBy(() -> context.digest(source(new byte[1], 1), 0, 1))
        .hasMessageContaining("after it was freed");
    assertThat(count.totals())
        .isEqualTo(new ContextCount.Totals(1, 1, 0, 1, DigestContext.BUFFER_BYTES));
  }

  private FileResult.Digested digestOnlyFile(Path directory, long blockSize) throws IOException {
    Corpus corpus = Corpus.list(directory, blockSize);
    FileDigester digester = new FileDigester(corpus, Progress.NONE);
    try (DigestContext context = DigestContext.owned(count)) {
      corpus.pieces().forEach(piece -> digester.digest(piece, context));
    }
    assertThat(digester.results()).hasSize(1);
    return (FileResult.Digested) digester.results().getFirst();
  }

  /** A source that gives at most so many bytes at a time. */
  private static DigestContext.Source source(byte[] bytes, int most) {
    return (into, position) -> {
      int length = (int) Math.min(Math.min(most, into.remaining()), bytes.length - position);
      if (length <= 0) {
        return -1;
      }
      into.put(ByteBuffer.wrap(bytes, (int) position, length));
      return length;
    };
  }
}
