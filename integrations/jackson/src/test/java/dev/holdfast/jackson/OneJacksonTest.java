// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.local.WorkerLocal;
import java.io.File;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A program of modules has one of the two Jacksons alone. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class OneJacksonTest {

  private static final String MODULE =
      """
      module app {
        requires dev.holdfast.core;
        requires dev.holdfast.jackson;
        requires JACKSON;
      }
      """;

  private static final String PROGRAM =
      """
      package app;

      import dev.holdfast.jackson.PoolOptions;
      import dev.holdfast.POOL.WorkerRecyclerPool;
      import dev.holdfast.runtime.WorkerRuntime;
      import java.io.ByteArrayInputStream;
      import java.io.ByteArrayOutputStream;
      import java.io.ObjectInputStream;
      import java.io.ObjectOutputStream;

      public class Program {
        public static void main(String[] args) throws Exception {
          WorkerRecyclerPool pool = WorkerRecyclerPool.of(PoolOptions.defaults().named("app"));
          try (WorkerRuntime runtime = WorkerRuntime.start()) {
            runtime.run(() -> {
              pool.acquireAndLinkPooled().releaseToPool();
              return null;
            });
            System.out.println(pool);
          }
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          new ObjectOutputStream(bytes).writeObject(pool);
          System.out.println(
              new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray())).readObject());
        }
      }
      """;

  @TempDir private Path dir;

  @Test
  void jackson3() throws Exception {
    compilesAndRuns("jackson3", "tools.jackson.core", tools.jackson.core.JsonParser.class);
  }

  @Test
  void jackson2() throws Exception {
    compilesAndRuns(
        "jackson2", "com.fasterxml.jackson.core", com.fasterxml.jackson.core.JsonParser.class);
  }

  private void compilesAndRuns(String pool, String module, Class<?> ofJackson) throws Exception {
    Path source = Files.createDirectories(dir.resolve("src"));
    Path descriptor =
        Files.writeString(
            source.resolve("module-info.java"), MODULE.replace("JACKSON", module), UTF_8);
    Path program =
        Files.writeString(source.resolve("Program.java"), PROGRAM.replace("POOL", pool), UTF_8);
    String path =
        Stream.of(PoolOptions.class, WorkerLocal.class, ofJackson)
            .map(OneJacksonTest::placeOf)
            .collect(Collectors.joining(File.pathSeparator));
    Path classes = dir.resolve("classes");
    StringWriter said = new StringWriter();
    int code =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                new PrintWriter(said, true),
                new PrintWriter(said, true),
                "-p",
                path,
                "-d",
                classes.toString(),
                descriptor.toString(),
                program.toString());
    assertThat(code).as("javac: %s", said).isZero();
    assertThat(run(path + File.pathSeparator + classes))
        .containsExactly(
            "WorkerRecyclerPool[app: 1 at rest, of 1 workers and outside]",
            "WorkerRecyclerPool[app: 0 at rest, of 0 workers and outside]");
  }

  private List<String> run(String path) throws Exception {
    Path out = dir.resolve("out.txt");
    Path err = dir.resolve("err.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-p",
                path,
                "-m",
                "app/app.Program")
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      assertThat(process.waitFor(40, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(err)).isZero();
      return Files.readAllLines(out);
    } finally {
      process.destroyForcibly();
    }
  }

  private static String placeOf(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
