// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.ScenarioResult;
import dev.holdfast.doomsday.junit.DoomsdayTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;

/** That this project's own runtime is safe at its end, in both tiers and every scenario. */
@Tag("S36")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class HoldfastDoomsdayTest {

  static RuntimeAdapter carrierTier() {
    return HoldfastAdapter.carrier();
  }

  static RuntimeAdapter ownedTier() {
    return HoldfastAdapter.owned();
  }

  @DoomsdayTest(value = "carrierTier", rounds = 5)
  void theCarrierTierIsSafe(ScenarioResult result) {
    result.assertSafe();
  }

  @DoomsdayTest(value = "ownedTier", rounds = 5)
  void theOwnedTierIsSafe(ScenarioResult result) {
    result.assertSafe();
  }
}
