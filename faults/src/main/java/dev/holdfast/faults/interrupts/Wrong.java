// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.interrupts;

import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Calls that answer an interrupt wrongly on purpose, in place of the real ones. */
public enum Wrong {
  /** A {@code get} that goes on waiting. */
  DEAF(
      Call.GET,
      "waits on",
      scene -> {
        scene.target().join();
        return null;
      }),
  /** A {@code join} that forgets that there was an interrupt. */
  FORGETFUL(
      Call.JOIN,
      "the flag is false",
      scene -> {
        scene.target().join();
        Thread.interrupted();
        return null;
      }),
  /** A {@code join} that gives up. */
  HASTY(
      Call.JOIN,
      "before what it waits for has ended",
      scene -> {
        try {
          scene.target().get();
          return null;
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new CompletionException(e);
        }
      }),
  /** A {@code get} that throws and leaves the flag set. */
  TWICE_TOLD(
      Call.GET,
      "the flag is true",
      scene -> {
        try {
          scene.target().get();
          return null;
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw e;
        }
      }),
  /** A {@code run} that leaves its body behind. */
  LEAVES_BODY(
      Call.RUN,
      "was not interrupted",
      scene -> {
        scene.runtime.spawn(scene.perhaps()).get();
        return null;
      }),
  /** A {@code close} that only waits. */
  PATIENT(
      Call.CLOSE,
      "waits on",
      scene -> {
        scene.target().join();
        scene.runtime.close();
        return null;
      });

  private final Call instead;
  private final String seenAs;

  @SuppressWarnings("ImmutableEnumChecker") // without state
  private final Call.Waits call;

  Wrong(Call instead, String seenAs, Call.Waits call) {
    this.instead = instead;
    this.seenAs = seenAs;
    this.call = call;
  }

  /** Returns what it stands for. */
  Call instead() {
    return instead;
  }

  /** Returns what the finding says by which it is noticed. */
  String seenAs() {
    return seenAs;
  }

  @Nullable String call(Scene scene) throws Exception {
    return call.in(scene);
  }
}
