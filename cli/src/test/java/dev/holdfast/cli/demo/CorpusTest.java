// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {

  @TempDir private Path directory;

  @Test
  void regularFilesAreListedByPathAndLinksAreNotFollowed()
      throws IOException, InterruptedException {
    Corpus corpus = Corpus.list(TestTree.in(directory), 1 << 20);

    assertThat(corpus.files()).hasSize(TestTree.FILES);
    assertThat(corpus.files().stream().map(Corpus.SourceFile::path)).isSorted();
    assertThat(corpus.files().stream().map(Corpus.SourceFile::name))
        .contains("a/b/c/text", "empty", "several blocks")
        .doesNotContain("link to a file", "self", "a/b/c/loop", "empty directory");
    assertThat(corpus.unreadable()).isEmpty();
    assertThat(corpus.pieces()).hasSize(TestTree.FILES);
  }

  @Test
  void aFileIsCutOnlyIfItIsLargerThanABlock() throws IOException {
    Files.write(directory.resolve("0"), new byte[0]);
    Files.write(directory.resolve("1"), new byte[9]);
    Files.write(directory.resolve("2"), new byte[10]);
    Files.write(directory.resolve("3"), new byte[11]);
    Files.write(directory.resolve("4"), new byte[20]);

    List<Corpus.Piece> pieces = Corpus.list(directory, 10).pieces();

    assertThat(pieces)
        .containsExactly(
            new Corpus.Piece(0, 0, "0", 0, 0),
            new Corpus.Piece(1, 1, "1", 0, 9),
            new Corpus.Piece(2, 2, "2", 0, 10),
            new Corpus.Piece(3, 3, "3, block 1", 0, 10),
            new Corpus.Piece(4, 3, "3, block 2", 10, 1),
            new Corpus.Piece(5, 4, "4, block 1", 0, 10),
            new Corpus.Piece(6, 4, "4, block 2", 10, 10));
  }

  @Test
  void aFileThatWasWrittenToIsSeenAsChanged() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[3]);
    Corpus.SourceFile listed = Corpus.list(directory, 10).files().getFirst();
    assertThat(listed.changed()).isFalse();

    Files.write(file, new byte[4]);
    assertThat(listed.changed()).isTrue();
    Files.delete(file);
    assertThat(listed.changed()).isTrue();
  }

  @Test
  void namesAndReasonsHoldNoControlCharacters() {
    assertThat(Corpus.printable("a\u001b[31mb\nc\u0085")).isEqualTo("a?[31mb?c?");
    assertThat(Corpus.reason(new FileSystemException("f", null, "Too\nmany")))
        .isEqualTo("Too?many");
    assertThat(Corpus.reason(new IOException())).isEqualTo("java.io.IOException");
  }
}
