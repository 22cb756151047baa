// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.RuntimeAdapter;
import dev.holdfast.doomsday.canary.Canary;
import java.util.ArrayList;
import java.util.List;

/** All runtimes that can be audited by name. */
public final class Runtimes {

  private Runtimes() {}

  /**
   * Returns the runtimes of this project, in both tiers.
   *
   * @return the adapters
   */
  public static List<RuntimeAdapter> own() {
    return List.of(HoldfastAdapter.carrier(), HoldfastAdapter.owned());
  }

  /**
   * Returns the runtimes of others.
   *
   * @return the adapters
   */
  public static List<RuntimeAdapter> others() {
    return List.of(
        new ThreadPoolAdapter(),
        new ScheduledThreadPoolAdapter(),
        new ForkJoinPoolAdapter(),
        new CommonPoolAdapter(),
        new VirtualThreadsAdapter(),
        new StructuredScopeAdapter(),
        new NettyNioAdapter(),
        new NettyManualAdapter(),
        new VertxAdapter(),
        new ReactorParallelAdapter(),
        new ReactorBoundedElasticAdapter(),
        new PekkoForkJoinAdapter(),
        new PekkoThreadPoolAdapter(),
        new PekkoFuturesAdapter(),
        new KotlinDefaultAdapter(),
        new JettyThreadPoolAdapter(),
        new TomcatExecutorAdapter(),
        new TomcatThreadPoolAdapter());
  }

  /**
   * Returns all runtimes: this project's, those of others, and those that are broken on purpose.
   *
   * @return the adapters, in the order in which they are listed
   */
  public static List<RuntimeAdapter> all() {
    List<RuntimeAdapter> all = new ArrayList<>(own());
    all.addAll(others());
    all.addAll(Canary.all());
    return List.copyOf(all);
  }
}
