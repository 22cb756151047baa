// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.host;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.holdfast.runtime.Tier;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** That the plugin host does what it prints, and says what is wrong if it cannot. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class PluginHostTest {

  private static final int RELOADS = 10;
  private static final int MANY_RELOADS = 300;

  private static final Pattern RELOAD =
      Pattern.compile(
          "version (\\d+) unloaded after (\\d+) values were destroyed on their workers");
  private static final Pattern TOTAL =
      Pattern.compile(
          "(\\d+) requests, 0 failed; (\\d+) class loaders, (\\d+) unloaded; (\\d+) values,"
              + " (\\d+) destroyed");

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Tier.class)
  @Tag("S47")
  @DisplayName("S47: a plugin is reloaded while requests run: each is unloaded, no request fails")
  void reloadsWhileRequestsRun(Tier tier) throws Exception {
    assertReloads(tier, RELOADS);
  }

  @ParameterizedTest
  @EnumSource(Tier.class)
  @Tag("S47")
  @Tag("long")
  @Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  @DisplayName("S47: compiled code of threads that wait for work keeps no plugin that was reloaded")
  void reloadsOftenEnoughToBeCompiled(Tier tier) throws Exception {
    assertReloads(tier, MANY_RELOADS);
  }

  private static void assertReloads(Tier tier, int reloads) throws Exception {
    List<String> lines = printed(tier, reloads);
    assertThat(lines).hasSize(reloads + 2);
    assertThat(lines.getFirst()).isEqualTo(tier + ": 4 clients ask, " + reloads + " reloads");
    long sum = 0;
    for (int version = 1; version <= reloads; version++) {
      Matcher reload = matcher(RELOAD, lines.get(version));
      assertThat(Integer.parseInt(reload.group(1))).isEqualTo(version);
      long destroyed = Long.parseLong(reload.group(2));
      // One that only its worker's thread may close, and one that was leased.
      assertThat(destroyed).isGreaterThanOrEqualTo(2);
      sum += destroyed;
    }
    Matcher total = matcher(TOTAL, lines.getLast());
    assertThat(Long.parseLong(total.group(1))).isGreaterThanOrEqualTo(reloads * 25L);
    assertThat(total.group(2)).isEqualTo(Integer.toString(reloads + 1));
    assertThat(total.group(3)).isEqualTo(total.group(2));
    assertThat(Long.parseLong(total.group(4))).isGreaterThanOrEqualTo(sum);
    assertThat(total.group(5)).isEqualTo(total.group(4));
  }

  private static Matcher matcher(Pattern pattern, String line) {
    Matcher matcher = pattern.matcher(line);
    assertThat(matcher.matches()).as(line).isTrue();
    return matcher;
  }

  private static List<String> printed(Tier tier, int reloads) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setProperty("holdfast.tier", tier.name());
    try {
      PluginHost.run(reloads, new PrintStream(out, true, UTF_8));
    } finally {
      System.clearProperty("holdfast.tier");
    }
    return out.toString(UTF_8).lines().toList();
  }

  @Test
  void withoutArgumentsItReloadsTwentyTimes() {
    assertThat(PluginHost.reloads(new String[0])).isEqualTo(20);
    assertThat(PluginHost.reloads(new String[] {"3"})).isEqualTo(3);
  }

  @Test
  void argumentsThatSayNoNumberAreRefusedByName() {
    for (String bad : List.of("0", "10001", "-1", "many", "99999999999", "")) {
      assertThatExceptionOfType(IllegalArgumentException.class)
          .isThrownBy(() -> PluginHost.reloads(new String[] {bad}))
          .withMessage("how often to reload must be a number from 1 to 10000, not '" + bad + "'");
    }
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> PluginHost.reloads(new String[] {"1", "2"}))
        .withMessage("one argument at most, how often to reload, not 2: [1, 2]");
  }

  @Test
  void aBadArgumentEndsTheProgramWithItsSentenceAndCodeTwo() throws Exception {
    Path printed = directory.resolve("printed.txt");
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                PluginHost.class.getName(),
                "many")
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    try {
      assertThat(program.waitFor(40, TimeUnit.SECONDS)).isTrue();
      assertThat(program.exitValue()).isEqualTo(2);
      assertThat(printed)
          .content()
          .isEqualToIgnoringNewLines(
              "how often to reload must be a number from 1 to 10000, not 'many'");
    } finally {
      program.destroyForcibly();
    }
  }

  @Test
  void aJarThatIsNoPluginIsRefused() throws Exception {
    Path jar = directory.resolve("other.jar");
    assertThatExceptionOfType(PluginException.class)
        .isThrownBy(() -> Deployment.load(jar, 1))
        .withMessage("no plugin could be loaded from " + jar)
        .withCauseInstanceOf(NoSuchFileException.class);
    write(jar, "");
    assertThatExceptionOfType(PluginException.class)
        .isThrownBy(() -> Deployment.load(jar, 1))
        .withMessage(jar + " is no plugin: its manifest has no Plugin-Class");
    for (String type : List.of("no.such.Plugin", "java.lang.Object", PluginHost.class.getName())) {
      write(jar, "Plugin-Class: " + type + "\n");
      assertThatExceptionOfType(PluginException.class)
          .isThrownBy(() -> Deployment.load(jar, 1))
          .withMessage("no plugin could be loaded from " + jar);
    }
  }

  private static void write(Path jar, String lines) throws Exception {
    Manifest manifest = new Manifest();
    manifest.read(
        new ByteArrayInputStream(("Manifest-Version: 1.0\n" + lines + "\n").getBytes(UTF_8)));
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      out.finish();
    }
  }
}
