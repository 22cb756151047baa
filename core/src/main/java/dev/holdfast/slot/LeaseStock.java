// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

/** The values of a slot that are made to be leased. */
public interface LeaseStock {

  /** Says whether none is out and nobody waits for one; on the owner only. */
  boolean isAtRest();

  /** Forgets how values are made; on the owner, when no more are. */
  void seal();
}
