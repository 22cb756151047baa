// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

/** What became of a file, or of a piece of one. */
sealed interface FileResult {

  /**
   * It was read to its end.
   *
   * @param sha256 of its bytes, or of a cut file's block digests in their order; in hexadecimal
   * @param compressedBytes the size of its deflated bytes, each block deflated by itself
   */
  record Digested(String sha256, long compressedBytes) implements FileResult {
    @Override
    public String toString() {
      return sha256 + " and " + compressedBytes + " bytes compressed";
    }
  }

  /**
   * It could not be read.
   *
   * @param reason why not
   */
  record Failed(String reason) implements FileResult {}
}
