// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.verification;

/** How long a checker may take. */
public enum Length {
  /** What every build runs: a minute or so for each checker. */
  SHORT,
  /** What is run now and then: minutes to hours for each checker. */
  LONG
}
