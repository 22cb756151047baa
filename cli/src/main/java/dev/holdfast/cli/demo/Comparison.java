// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import dev.holdfast.cli.demo.Corpus.SourceFile;
import dev.holdfast.cli.demo.Corpus.Unreadable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What all runs found, file by file.
 *
 * <p>A file counts as read if every run read it. One that differs between runs, and is no longer
 * the file that was listed, was changed meanwhile: that is no disagreement, it could not be read.
 *
 * @param files the files that every run read
 * @param bytes their bytes
 * @param unreadable all others, and what could not be listed
 * @param disagreements the files that were read alike by no means
 */
record Comparison(
    long files, long bytes, List<Unreadable> unreadable, List<Disagreement> disagreements) {

  /**
   * A file of which runs found different digests or sizes.
   *
   * @param name the file
   * @param found what each runner found
   */
  record Disagreement(String name, Map<String, FileResult> found) {}

  Comparison {
    unreadable = List.copyOf(unreadable);
    disagreements = List.copyOf(disagreements);
  }

  static Comparison of(Corpus corpus, List<Runner.Run> runs) {
    long files = 0;
    long bytes = 0;
    List<Unreadable> unreadable = new ArrayList<>(corpus.unreadable());
    List<Disagreement> disagreements = new ArrayList<>();
    for (int index = 0; index < corpus.files().size(); index++) {
      SourceFile file = corpus.files().get(index);
      Map<String, FileResult> found = new LinkedHashMap<>();
      for (Runner.Run run : runs) {
        found.put(run.name(), run.results().get(index));
      }
      switch (verdict(file, found)) {
        case Verdict.NotRead(String reason) -> unreadable.add(new Unreadable(file.name(), reason));
        case Verdict.Differs _ -> {
          disagreements.add(new Disagreement(file.name(), found));
          files++;
          bytes += file.size();
        }
        case Verdict.Same _ -> {
          files++;
          bytes += file.size();
        }
      }
    }
    return new Comparison(files, bytes, unreadable, disagreements);
  }

  boolean agree() {
    return disagreements.isEmpty();
  }

  private sealed interface Verdict {
    record Same() implements Verdict {}

    record Differs() implements Verdict {}

    record NotRead(String reason) implements Verdict {}
  }

  private static Verdict verdict(SourceFile file, Map<String, FileResult> found) {
    for (FileResult result : found.values()) {
      if (result instanceof FileResult.Failed(String reason)) {
        return new Verdict.NotRead(reason);
      }
    }
    if (found.values().stream().distinct().count() <= 1) {
      return new Verdict.Same();
    }
    return file.changed() ? new Verdict.NotRead("it was changed meanwhile") : new Verdict.Differs();
  }
}
