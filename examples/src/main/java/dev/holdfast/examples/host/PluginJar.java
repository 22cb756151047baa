// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.examples.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** The plugin's jar, as somebody would drop it beside the host, each time of a newer version. */
final class PluginJar {

  /** The manifest's line that names the plugin's class, a function of texts. */
  private static final Attributes.Name PLUGIN_CLASS = new Attributes.Name("Plugin-Class");

  // By name, and not by their class objects: the host itself never loads them.
  private static final String PACKAGE = "dev/holdfast/examples/host/plugin/";
  private static final List<String> CLASSES = List.of("Checksums", "NativeScratch");

  private PluginJar() {}

  /** Writes the jar of one version. */
  static Path write(Path directory, int version) throws IOException {
    Manifest manifest = new Manifest();
    Attributes attributes = manifest.getMainAttributes();
    attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
    attributes.put(Attributes.Name.IMPLEMENTATION_VERSION, Integer.toString(version));
    attributes.put(PLUGIN_CLASS, PACKAGE.replace('/', '.') + CLASSES.getFirst());
    Path jar = directory.resolve("plugin-" + version + ".jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, manifest)) {
      for (String each : CLASSES) {
        String path = PACKAGE + each + ".class";
        URL compiled = PluginJar.class.getClassLoader().getResource(path);
        if (compiled == null) {
          throw new PluginException(path + " is not on the class path of the host", null);
        }
        out.putNextEntry(new JarEntry(path));
        try (InputStream in = compiled.openStream()) {
          in.transferTo(out);
        }
        out.closeEntry();
      }
    }
    return jar;
  }

  /** Returns the name of the class that a jar says is the plugin's. */
  static String pluginClass(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      Manifest manifest = file.getManifest();
      String name = manifest == null ? null : manifest.getMainAttributes().getValue(PLUGIN_CLASS);
      if (name == null) {
        throw new PluginException(jar + " is no plugin: its manifest has no " + PLUGIN_CLASS, null);
      }
      return name;
    }
  }
}
