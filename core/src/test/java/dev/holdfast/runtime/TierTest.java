// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.holdfast.local.Guard;
import dev.holdfast.local.Lease;
import dev.holdfast.local.WorkerLocal;
import dev.holdfast.shutdown.ShutdownReport;
import dev.holdfast.testing.ForkedJvm;
import dev.holdfast.testing.ModuleUser;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** In which tier a runtime runs, and how that is said. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TierTest {

  private static final List<String> FLAG =
      List.of("--add-opens", "java.base/java.lang=ALL-UNNAMED");

  @AfterEach
  void forgetTheProperty() {
    System.clearProperty("holdfast.tier");
  }

  @Test
  void theBestTierIsChosenAndEachCanBeDemanded() {
    try (WorkerRuntime runtime = WorkerRuntime.start();
        WorkerRuntime carrier = WorkerRuntime.builder().tier(Tier.CARRIER).start();
        WorkerRuntime owned = WorkerRuntime.builder().tier(Tier.OWNED).start()) {
      assertThat(runtime.tier()).isEqualTo(Tier.CARRIER);
      assertThat(carrier.tier()).isEqualTo(Tier.CARRIER);
      assertThat(owned.tier()).isEqualTo(Tier.OWNED);
    }
  }

  @Test
  void aPropertyChoosesForThoseThatDemandNone() {
    System.setProperty("holdfast.tier", "owned");
    try (WorkerRuntime runtime = WorkerRuntime.start();
        WorkerRuntime demanded = WorkerRuntime.builder().tier(Tier.CARRIER).start()) {
      assertThat(runtime.tier()).isEqualTo(Tier.OWNED);
      assertThat(demanded.tier()).isEqualTo(Tier.CARRIER);
    }
    System.setProperty("holdfast.tier", "best");
    assertThatIllegalArgumentException()
        .isThrownBy(WorkerRuntime::start)
        .withMessage("system property holdfast.tier must be 'carrier' or 'owned', not 'best'");
  }

  @Test
  void bothTiersUseEachOther() throws Exception {
    AtomicInteger destroyed = new AtomicInteger();
    WorkerLocal<Object> local = WorkerLocal.of(Object::new, value -> destroyed.incrementAndGet());
    try (WorkerRuntime carrier =
            WorkerRuntime.builder().tier(Tier.CARRIER).workers(1).spareWorkers(0).start();
        WorkerRuntime owned =
            WorkerRuntime.builder().tier(Tier.OWNED).workers(1).spareWorkers(0).start()) {
      Object ofCarrier = carrier.run(() -> local.ref().get());
      Object ofOwned = owned.run(() -> local.ref().get());
      assertThat(ofOwned).isNotSameAs(ofCarrier);
      // A task of one that runs a task of the other is itself again afterwards.
      carrier.run(() -> {
        assertThat(owned.<Object>run(() -> local.ref().get())).isSameAs(ofOwned);
        assertThat(local.ref().get()).isSameAs(ofCarrier);
        return null;
      });
      owned.run(() -> {
        assertThat(carrier.<Object>run(() -> local.ref().get())).isSameAs(ofCarrier);
        assertThat(local.ref().get()).isSameAs(ofOwned);
        return null;
      });
    }
    assertThat(destroyed).hasValue(2);
  }

  /** Starts a runtime, uses each access form, and prints what was logged and what happened. */
  static final class Starter {
    public static void main(String[] arguments) throws Exception {
      Logger logger = Logger.getLogger("dev.holdfast");
      logger.setUseParentHandlers(false);
      logger.addHandler(
          new Handler() {
            @Override
            public void publish(LogRecord record) {
              System.out.println(record.getLevel() + " " + record.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
          });
      try {
        // On one worker, which the two tasks share, though its own thread may be there at first.
        WorkerRuntime.Builder builder =
            WorkerRuntime.builder().name("starter").workers(1).spareWorkers(0);
        if (arguments.length > 0) {
          builder.tier(Tier.valueOf(arguments[0]));
        }
        builder.start().close();
        use(builder.start());
      } catch (TierUnavailableException e) {
        System.out.println(e.tier() + ": " + e.getMessage());
      }
      Thread.getAllStackTraces().keySet().stream()
          .filter(thread -> thread.getName().startsWith("starter"))
          .forEach(thread -> System.out.println("left " + thread));
    }

    private static void use(WorkerRuntime runtime) throws Exception {
      WorkerLocal<AtomicInteger> local =
          WorkerLocal.of(AtomicInteger::new, value -> System.out.println("destroyed " + value));
      runtime.run(() -> {
        local.update(AtomicInteger::incrementAndGet);
        local.ref().get().incrementAndGet();
        try (Guard<AtomicInteger> guard = local.guard()) {
          guard.get().incrementAndGet();
        }
        return local.onOwner(AtomicInteger::incrementAndGet);
      });
      runtime.run(() -> {
        try (Lease<AtomicInteger> lease = local.lease()) {
          return lease.get().addAndGet(10);
        }
      });
      ShutdownReport report = runtime.shutdown(Duration.ofSeconds(20), Duration.ZERO);
      System.out.println(
          runtime.tier() + " " + report.phase() + " " + report.made() + " " + report.destroyed());
    }
  }

  private static List<String> outcome(List<String> flags, String... arguments) throws Exception {
    ForkedJvm.Outcome outcome = ForkedJvm.run(flags, Starter.class, arguments);
    assertThat(outcome.exit()).as(outcome.toString()).isZero();
    return outcome.lines();
  }

  @Test
  void withoutFlagsAllWorksInTheOwnedTierAndItIsSaidOnceWhatTheOtherNeeds() throws Exception {
    List<String> lines = outcome(List.of());
    assertThat(lines.getFirst())
        .startsWith("INFO runtimes of this JVM run in tier OWNED; for tier CARRIER:")
        .contains("'--add-opens java.base/java.lang=ALL-UNNAMED'")
        .contains("Add-Opens: java.base/java.lang")
        .contains(System.getProperty("java.runtime.version"));
    assertThat(lines.subList(1, lines.size()))
        .containsExactlyInAnyOrder("destroyed 4", "destroyed 10", "OWNED TERMINATED 2 2");
  }

  @Test
  void withTheFlagTheCarrierTierIsUsedAndNothingIsSaid() throws Exception {
    // As it stands in the message: the two words of the flag.
    assertThat(outcome(FLAG))
        .containsExactlyInAnyOrder("destroyed 4", "destroyed 10", "CARRIER TERMINATED 2 2");
  }

  @Test
  void theLineInTheManifestOfTheMainJarDoesAsTheFlag(@TempDir Path directory) throws Exception {
    Manifest manifest = new Manifest();
    Attributes main = manifest.getMainAttributes();
    main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    main.put(Attributes.Name.MAIN_CLASS, Starter.class.getName());
    main.put(
        Attributes.Name.CLASS_PATH,
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toUri().toString())
            .collect(Collectors.joining(" ")));
    main.putValue("Add-Opens", "java.base/java.lang");
    Path jar = directory.resolve("main.jar");
    new JarOutputStream(Files.newOutputStream(jar), manifest).close();
    ForkedJvm.Outcome outcome = ForkedJvm.runJar(jar);
    assertThat(outcome.lines())
        .containsExactlyInAnyOrder("destroyed 4", "destroyed 10", "CARRIER TERMINATED 2 2");
    assertThat(outcome.exit()).isZero();
  }

  @Test
  void insideANamedModuleTheFlagNamesItAndNoManifestIsSpokenOf() throws Exception {
    Path module =
        Path.of(WorkerRuntime.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> asModule =
        List.of("--module-path", module.toString(), "--add-modules", "dev.holdfast.core");
    assertThat(ForkedJvm.run(asModule, ModuleUser.class).lines())
        .singleElement()
        .asString()
        .startsWith("dev.holdfast.core: tier CARRIER is not available")
        .contains("'--add-opens java.base/java.lang=dev.holdfast.core'")
        .contains("the manifest line Add-Opens opens it to the class path only")
        .doesNotContain("ALL-UNNAMED");
    List<String> withFlag = new ArrayList<>(asModule);
    withFlag.addAll(List.of("--add-opens", "java.base/java.lang=dev.holdfast.core"));
    assertThat(ForkedJvm.run(withFlag, ModuleUser.class).lines())
        .containsExactly("dev.holdfast.core: CARRIER");
  }

  @Test
  void whoDemandsTheCarrierTierWithoutTheFlagIsToldTheFlag() throws Exception {
    assertThat(outcome(List.of(), "CARRIER"))
        .singleElement()
        .asString()
        .startsWith("CARRIER: tier CARRIER is not available")
        .contains("'--add-opens java.base/java.lang=ALL-UNNAMED'")
        .contains("Add-Opens: java.base/java.lang")
        .contains(System.getProperty("java.runtime.version"));
  }

  @Test
  void theOwnedTierCanBeDemandedWithTheFlagAndWithout() throws Exception {
    for (List<String> flags : List.of(FLAG, List.<String>of())) {
      assertThat(outcome(flags, "OWNED"))
          .containsExactlyInAnyOrder("destroyed 4", "destroyed 10", "OWNED TERMINATED 2 2");
    }
  }
}
