// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

/** How long a checker may take. */
public enum Length {
  /** What every build runs: under a minute for each checker. */
  SHORT,
  /** What is run now and then: minutes, up to half an hour for each checker. */
  LONG
}
