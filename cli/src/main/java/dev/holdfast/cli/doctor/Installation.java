// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.doctor;

import dev.holdfast.runtime.WorkerRuntime;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * Where Holdfast and this command are.
 *
 * @param core the jar of Holdfast, or a directory with its classes
 * @param cli the jar of this command, or a directory with its classes
 */
record Installation(Path core, Path cli) {

  /** Finds the one that runs. */
  static Installation ofThisCommand() {
    return new Installation(placeOf(WorkerRuntime.class), placeOf(Installation.class));
  }

  private static Path placeOf(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    if (source == null || source.getLocation() == null) {
      throw new IllegalStateException("it cannot be found out where " + type + " was loaded from");
    }
    try {
      return Path.of(source.getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An agent has to be a jar. */
  boolean hasJar() {
    return Files.isRegularFile(core);
  }

  String classPath() {
    return core + File.pathSeparator + cli;
  }

  /** Makes a jar that starts a probe, with these lines in its manifest. */
  Path executable(Path jar, Class<?> main, Map<String, String> lines) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.MAIN_CLASS, main.getName());
    attributes.put(Attributes.Name.CLASS_PATH, core.toUri() + " " + cli.toUri());
    lines.forEach((name, value) -> attributes.put(new Attributes.Name(name), value));
    try (OutputStream out = Files.newOutputStream(jar)) {
      new JarOutputStream(out, manifest).close();
    }
    return jar;
  }
}
