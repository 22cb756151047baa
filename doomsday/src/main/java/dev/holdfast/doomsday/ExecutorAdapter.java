// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An adapter of any executor of the JDK's kind. */
final class ExecutorAdapter implements RuntimeAdapter {

  private final String name;
  private final String arming;
  private final List<String> options;
  private final Function<Armory, AuditedRuntime> starter;
  private final @Nullable String recipe;

  private ExecutorAdapter(
      String name,
      String arming,
      List<String> options,
      Function<Armory, AuditedRuntime> starter,
      @Nullable String recipe) {
    this.name = name;
    this.arming = arming;
    this.options = options;
    this.starter = starter;
    this.recipe = recipe;
  }

  static ExecutorAdapter withFactory(
      String name, Function<? super ThreadFactory, ? extends ExecutorService> maker) {
    return new ExecutorAdapter(
        name,
        "thread factory",
        List.of(),
        armory -> {
          ThreadValues values = new ThreadValues(armory);
          return new AuditedExecutor(
              maker.apply(values.wrap(Executors.defaultThreadFactory())), values::reference);
        },
        null);
  }

  static ExecutorAdapter withItsOwnThreads(String name, Supplier<? extends ExecutorService> maker) {
    return new ExecutorAdapter(
        name,
        "end of the thread",
        List.of("--add-opens=java.base/java.lang=ALL-UNNAMED"),
        armory -> new AuditedExecutor(maker.get(), new ExitValues(armory)::reference),
        null);
  }

  /** Returns the same adapter, which another JVM makes by a recipe. */
  ExecutorAdapter madeBy(String text) {
    return new ExecutorAdapter(name, arming, options, starter, text);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String version() {
    return Runtime.version().toString();
  }

  @Override
  public String arming() {
    return arming;
  }

  @Override
  public List<String> ways() {
    return List.of(AuditedExecutor.SHUTDOWN, AuditedExecutor.SHUTDOWN_NOW, AuditedExecutor.CLOSE);
  }

  @Override
  public List<String> jvmOptions() {
    return options;
  }

  @Override
  public Optional<String> recipe() {
    return Optional.ofNullable(recipe);
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    return starter.apply(setup.armory());
  }
}
