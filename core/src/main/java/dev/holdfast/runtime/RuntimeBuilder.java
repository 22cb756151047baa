// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.scheduler.Carriers;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/** The builder: checks each value where it is given, and hands on an immutable {@link Config}. */
final class RuntimeBuilder implements WorkerRuntime.Builder, Carriers.Option {

  static final int MAX_WORKERS = 1024;
  static final int MAX_SPARES = 1024;
  static final int MAX_BLOCKING = 32_767;

  /**
   * What a runtime is started with.
   *
   * @param drain null for a close that waits without bound
   * @param cancel null for a close that waits without bound
   * @param carriers null for the real ones
   */
  record Config(
      int workers,
      @Nullable String name,
      @Nullable Tier tier,
      @Nullable ThreadFactory threadFactory,
      int blockingThreads,
      Duration blockingKeepAlive,
      int spares,
      RuntimeListener listener,
      Thread.@Nullable UncaughtExceptionHandler uncaught,
      @Nullable Duration drain,
      @Nullable Duration cancel,
      Duration destructorDeadline,
      Duration exitDeadline,
      PlaceTracking tracking,
      Carriers.@Nullable Maker carriers) {}

  private enum Property {
    WORKERS,
    NAME,
    TIER,
    THREAD_FACTORY,
    BLOCKING_THREADS,
    BLOCKING_KEEP_ALIVE,
    SPARE_WORKERS,
    LISTENER,
    UNCAUGHT_EXCEPTION_HANDLER,
    DRAIN_DEADLINE,
    CANCEL_DEADLINE,
    DESTRUCTOR_DEADLINE,
    EXIT_DEADLINE,
    PLACE_TRACKING,
    CARRIERS
  }

  static final RuntimeListener NO_LISTENER = new RuntimeListener() {};

  private final Map<Property, Object> set = new EnumMap<>(Property.class);

  private RuntimeBuilder set(Property property, Object value) {
    Objects.requireNonNull(value, () -> property + " must not be null");
    Object before = set.putIfAbsent(property, value);
    if (before != null) {
      throw new IllegalStateException(
          property + " was already set to " + before + " and cannot be set to " + value);
    }
    return this;
  }

  private RuntimeBuilder setInRange(Property property, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          property + " must be from " + min + " to " + max + ", not " + value);
    }
    return set(property, value);
  }

  private RuntimeBuilder setNotNegative(Property property, Duration value) {
    if (Objects.requireNonNull(value, () -> property + " must not be null").isNegative()) {
      throw new IllegalArgumentException(property + " must not be negative, was " + value);
    }
    return set(property, value);
  }

  @SuppressWarnings("unchecked") // each property is set by one method, with its own type
  private <T> T get(Property property, T otherwise) {
    return (T) set.getOrDefault(property, otherwise);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as above
  private <T> @Nullable T get(Property property) {
    return (T) set.get(property);
  }

  @Override
  public RuntimeBuilder workers(int workers) {
    return setInRange(Property.WORKERS, workers, 1, MAX_WORKERS);
  }

  @Override
  public RuntimeBuilder name(String name) {
    if (Objects.requireNonNull(name, "name must not be null").isBlank()) {
      throw new IllegalArgumentException("name must not be blank, was '" + name + "'");
    }
    return set(Property.NAME, name);
  }

  @Override
  public RuntimeBuilder tier(Tier tier) {
    return set(Property.TIER, tier);
  }

  @Override
  public RuntimeBuilder threadFactory(ThreadFactory factory) {
    return set(Property.THREAD_FACTORY, factory);
  }

  @Override
  public RuntimeBuilder blockingThreads(int threads) {
    return setInRange(Property.BLOCKING_THREADS, threads, 1, MAX_BLOCKING);
  }

  @Override
  public RuntimeBuilder blockingKeepAlive(Duration keepAlive) {
    if (!Objects.requireNonNull(keepAlive, "keepAlive must not be null").isPositive()) {
      throw new IllegalArgumentException(
          Property.BLOCKING_KEEP_ALIVE + " must be positive, was " + keepAlive);
    }
    return set(Property.BLOCKING_KEEP_ALIVE, keepAlive);
  }

  @Override
  public RuntimeBuilder spareWorkers(int spares) {
    return setInRange(Property.SPARE_WORKERS, spares, 0, MAX_SPARES);
  }

  @Override
  public RuntimeBuilder listener(RuntimeListener listener) {
    return set(Property.LISTENER, listener);
  }

  @Override
  public RuntimeBuilder uncaughtExceptionHandler(Thread.UncaughtExceptionHandler handler) {
    return set(Property.UNCAUGHT_EXCEPTION_HANDLER, handler);
  }

  @Override
  public RuntimeBuilder drainDeadline(Duration drain) {
    return setNotNegative(Property.DRAIN_DEADLINE, drain);
  }

  @Override
  public RuntimeBuilder cancelDeadline(Duration cancel) {
    return setNotNegative(Property.CANCEL_DEADLINE, cancel);
  }

  @Override
  public RuntimeBuilder destructorDeadline(Duration deadline) {
    return setNotNegative(Property.DESTRUCTOR_DEADLINE, deadline);
  }

  @Override
  public RuntimeBuilder exitDeadline(Duration deadline) {
    return setNotNegative(Property.EXIT_DEADLINE, deadline);
  }

  @Override
  public RuntimeBuilder placeTracking(PlaceTracking tracking) {
    return set(Property.PLACE_TRACKING, tracking);
  }

  @Override
  public void carriers(Carriers.Maker maker) {
    tier(Tier.CARRIER).set(Property.CARRIERS, maker);
  }

  @Override
  public WorkerRuntime start() {
    return TieredRuntime.start(config());
  }

  private Config config() {
    int available = Runtime.getRuntime().availableProcessors();
    return new Config(
        get(Property.WORKERS, Math.clamp(available, 1, MAX_WORKERS)),
        get(Property.NAME),
        get(Property.TIER),
        get(Property.THREAD_FACTORY),
        get(Property.BLOCKING_THREADS, 512),
        get(Property.BLOCKING_KEEP_ALIVE, Duration.ofSeconds(10)),
        get(Property.SPARE_WORKERS, 64),
        get(Property.LISTENER, NO_LISTENER),
        get(Property.UNCAUGHT_EXCEPTION_HANDLER),
        get(Property.DRAIN_DEADLINE),
        get(Property.CANCEL_DEADLINE),
        get(Property.DESTRUCTOR_DEADLINE, Duration.ofSeconds(10)),
        get(Property.EXIT_DEADLINE, Duration.ofSeconds(2)),
        get(Property.PLACE_TRACKING, PlaceTracking.SAMPLED),
        get(Property.CARRIERS));
  }
}
