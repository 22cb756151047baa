// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The files of a directory tree as they were listed, and the pieces in which they are digested.
 *
 * @param root the directory
 * @param files the regular files below it, by path; symbolic links are not followed
 * @param pieces the pieces of all files, file by file in their order
 * @param unreadable what could not be listed
 */
record Corpus(Path root, List<SourceFile> files, List<Piece> pieces, List<Unreadable> unreadable) {

  /**
   * A regular file.
   *
   * @param path where it is
   * @param name its path below the root, fit to be printed
   * @param size its bytes when it was listed
   * @param modified its time stamp when it was listed
   */
  record SourceFile(Path path, String name, long size, FileTime modified) {

    /** Says whether this file is no longer the one that was listed. */
    boolean changed() {
      try {
        BasicFileAttributes now = attributes(path);
        return !now.isRegularFile()
            || now.size() != size
            || !now.lastModifiedTime().equals(modified);
      } catch (IOException e) {
        return true;
      }
    }
  }

  /**
   * What one task digests: a block of a file, or the whole file if that is no larger than a block.
   *
   * @param index its place among all pieces
   * @param file the file's place among all files
   * @param name the file's name, with the number of the block if there are several
   * @param offset its first byte
   * @param length its number of bytes, 0 for an empty file
   */
  record Piece(int index, int file, String name, long offset, long length) {}

  /**
   * A file or directory that could not be read.
   *
   * @param name its path below the root, fit to be printed
   * @param reason why not
   */
  record Unreadable(String name, String reason) {}

  /** Lists a tree; a test may put another one in place. */
  interface Lister {
    Corpus list(Path root, long blockSize) throws IOException;
  }

  Corpus {
    files = List.copyOf(files);
    pieces = List.copyOf(pieces);
    unreadable = List.copyOf(unreadable);
  }

  /**
   * Lists a tree.
   *
   * @param root the directory, which may be a symbolic link to one
   * @param blockSize a file with more bytes is cut in blocks of this size
   * @throws IOException if the root itself cannot be listed
   */
  static Corpus list(Path root, long blockSize) throws IOException {
    Walk walk = new Walk(root.toRealPath());
    Files.walkFileTree(walk.root, walk);
    if (walk.rootFailure != null) {
      throw walk.rootFailure;
    }
    walk.files.sort(Comparator.comparing(SourceFile::path));
    return new Corpus(root, walk.files, cut(walk.files, blockSize), walk.unreadable);
  }

  /** The bytes of all files as they were listed. */
  long bytes() {
    return files.stream().mapToLong(SourceFile::size).sum();
  }

  /** Names a path without the control and format characters that a terminal would act on. */
  static String printable(String name) {
    return name.replaceAll("[\\p{Cc}\\p{Cf}]", "?");
  }

  /** Says in a few words why a file could not be read. */
  static String reason(IOException failure) {
    return switch (failure) {
      case NoSuchFileException _ -> "it is no longer there";
      case AccessDeniedException _ -> "access denied";
      case FileSystemException e when e.getReason() != null -> printable(e.getReason());
      default ->
          printable(failure.getMessage() == null ? failure.toString() : failure.getMessage());
    };
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static List<Piece> cut(List<SourceFile> files, long blockSize) {
    List<Piece> pieces = new ArrayList<>(files.size());
    for (int file = 0; file < files.size(); file++) {
      SourceFile source = files.get(file);
      long offset = 0;
      for (int block = 1; offset < source.size() || block == 1; block++) {
        long length = Math.min(blockSize, source.size() - offset);
        String name =
            source.size() > blockSize ? source.name() + ", block " + block : source.name();
        pieces.add(new Piece(pieces.size(), file, name, offset, length));
        offset += length;
      }
    }
    return pieces;
  }

  /** Gathers regular files, and goes on past what cannot be read. */
  private static final class Walk extends SimpleFileVisitor<Path> {
    private final Path root;
    private final List<SourceFile> files = new ArrayList<>();
    private final List<Unreadable> unreadable = new ArrayList<>();
    private @Nullable IOException rootFailure;

    Walk(Path root) {
      this.root = root;
    }

    @Override
    public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
      if (attributes.isRegularFile()) {
        files.add(
            new SourceFile(path, name(path), attributes.size(), attributes.lastModifiedTime()));
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path path, IOException failure) {
      return failed(path, failure);
    }

    @Override
    public FileVisitResult postVisitDirectory(Path path, @Nullable IOException failure) {
      return failure == null ? FileVisitResult.CONTINUE : failed(path, failure);
    }

    private FileVisitResult failed(Path path, IOException failure) {
      if (path.equals(root)) {
        rootFailure = failure;
      } else {
        unreadable.add(new Unreadable(name(path), reason(failure)));
      }
      return FileVisitResult.CONTINUE;
    }

    private String name(Path path) {
      return printable(root.relativize(path).toString());
    }
  }
}
