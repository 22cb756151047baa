// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import dev.holdfast.cli.demo.Corpus.Piece;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Digests the pieces of a corpus for one runner, and puts them together to files at the end.
 *
 * <p>Pieces may be digested by many tasks at once, each piece by one.
 */
final class FileDigester {

  private static final Set<OpenOption> READ =
      Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);

  private final Corpus corpus;
  private final Progress progress;

  // Each written once, by the piece's task; read when all tasks have ended.
  private final AtomicReferenceArray<FileResult> outcomes;

  FileDigester(Corpus corpus, Progress progress) {
    this.corpus = corpus;
    this.progress = progress;
    this.outcomes = new AtomicReferenceArray<>(corpus.pieces().size());
  }

  /** Digests a piece; that it cannot be read is its result. */
  void digest(Piece piece, DigestContext context) {
    outcomes.set(piece.index(), read(piece, context));
  }

  private FileResult read(Piece piece, DigestContext context) {
    Path path = corpus.files().get(piece.file()).path();
    try (FileChannel channel = FileChannel.open(path, READ)) {
      DigestContext.Source source =
          (into, position) -> {
            int read = channel.read(into, position);
            progress.advance(Math.max(0, read));
            return read;
          };
      return context.digest(source, piece.offset(), piece.length());
    } catch (IOException e) {
      return new FileResult.Failed(Corpus.reason(e));
    }
  }

  /** The result of each file, in the corpus's order; to be called when all pieces are digested. */
  List<FileResult> results() {
    List<FileResult> results = new ArrayList<>(corpus.files().size());
    List<Piece> pieces = corpus.pieces();
    int from = 0;
    while (from < pieces.size()) {
      int to = from + 1;
      while (to < pieces.size() && pieces.get(to).file() == pieces.get(from).file()) {
        to++;
      }
      results.add(together(from, to));
      from = to;
    }
    return results;
  }

  private FileResult together(int from, int to) {
    if (to - from == 1) {
      return outcome(from);
    }
    MessageDigest ofBlocks = DigestContext.newSha256();
    long compressed = 0;
    for (int piece = from; piece < to; piece++) {
      switch (outcome(piece)) {
        case FileResult.Digested block -> {
          ofBlocks.update(HexFormat.of().parseHex(block.sha256()));
          compressed += block.compressedBytes();
        }
        case FileResult.Failed failed -> {
          return failed;
        }
      }
    }
    return new FileResult.Digested(HexFormat.of().formatHex(ofBlocks.digest()), compressed);
  }

  private FileResult outcome(int piece) {
    return Objects.requireNonNull(outcomes.get(piece), "a piece was left out");
  }
}
