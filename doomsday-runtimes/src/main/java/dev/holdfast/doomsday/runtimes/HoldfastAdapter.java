// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.Scenario;
import dev.holdfast.doomsday.Setup;
import dev.holdfast.runtime.Tier;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * This project's own runtime, in one of its tiers.
 *
 * <p>"Guide" and "Shutdown order": values in {@code WorkerLocal}s, reached by references, guards
 * and leases; ended by {@code shutdown} with deadlines, by {@code close}, or as any executor.
 */
final class HoldfastAdapter implements RuntimeAdapter {

  private final Tier tier;

  private HoldfastAdapter(Tier tier) {
    this.tier = tier;
  }

  static RuntimeAdapter carrier() {
    return new HoldfastAdapter(Tier.CARRIER);
  }

  static RuntimeAdapter owned() {
    return new HoldfastAdapter(Tier.OWNED);
  }

  @Override
  public String name() {
    return "holdfast-" + word();
  }

  private String word() {
    return tier.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String version() {
    return Versions.ofArtifact("dev.holdfast", "holdfast-core");
  }

  @Override
  public String arming() {
    return "WorkerLocal";
  }

  @Override
  public List<String> ways() {
    return AuditedHoldfast.WAYS;
  }

  /** None: its guards are for threads outside. */
  @Override
  public Map<Scenario, String> leftOut() {
    return Map.of();
  }

  @Override
  public List<String> jvmOptions() {
    return tier == Tier.CARRIER
        ? List.of("--add-opens=java.base/java.lang=ALL-UNNAMED")
        : List.of();
  }

  @Override
  public Optional<String> recipe() {
    return Optional.of(HoldfastAdapter.class.getName() + "#" + word());
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    return new AuditedHoldfast(tier, setup);
  }
}
