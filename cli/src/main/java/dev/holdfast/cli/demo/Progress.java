// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

/** Told how far a pass over the corpus has come; {@link #advance} is called from any thread. */
interface Progress {

  /** Shows nothing. */
  Progress NONE =
      new Progress() {
        @Override
        public void begin(String what, long bytes) {}

        @Override
        public void advance(long bytes) {}

        @Override
        public void end() {}
      };

  /** A pass begins that is over after about that many bytes. */
  void begin(String what, long bytes);

  /** More bytes were read. */
  void advance(long bytes);

  /** The pass is over. */
  void end();
}
