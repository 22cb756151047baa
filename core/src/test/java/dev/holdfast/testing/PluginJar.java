// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testing;

import dev.holdfast.runtime.WorkerRuntime;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** A jar that is compiled in a test, and loaded as often as wanted, each time by its own loader. */
public final class PluginJar {

  private final URL jar;
  private final String main;

  private PluginJar(URL jar, String main) {
    this.jar = jar;
    this.main = main;
  }

  /**
   * Compiles one class and what is nested in it.
   *
   * @param type its name
   * @param source its source text
   */
  public static PluginJar compile(Path directory, String type, String source) throws IOException {
    Path classes = Files.createDirectories(directory.resolve("classes"));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    SimpleJavaFileObject unit =
        new SimpleJavaFileObject(
            URI.create("string:///" + type.replace('.', '/') + ".java"),
            JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    String path =
        System.getProperty("java.class.path")
            + File.pathSeparator
            + Optional.ofNullable(System.getProperty("jdk.module.path")).orElse("")
            + File.pathSeparator
            + Path.of(
                URI.create(
                    WorkerRuntime.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toString()));
    List<String> options = List.of("-proc:none", "-cp", path, "-d", classes.toString());
    if (!compiler.getTask(null, null, null, options, null, List.of(unit)).call()) {
      throw new IllegalStateException("the plugin does not compile: see the compiler's output");
    }
    Path jar = directory.resolve("plugin.jar");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file);
        Stream<Path> all = Files.walk(classes)) {
      for (Path each : all.filter(Files::isRegularFile).toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(each).toString().replace('\\', '/')));
        Files.copy(each, out);
        out.closeEntry();
      }
    }
    return new PluginJar(jar.toUri().toURL(), type);
  }

  /** Loads it anew. The class must have a constructor without parameters. */
  public Deployed deploy() {
    try {
      URLClassLoader loader =
          new URLClassLoader("plugin", new URL[] {jar}, getClass().getClassLoader());
      @SuppressWarnings("unchecked") // the sources say so
      BiFunction<String, Object, Object> plugin =
          (BiFunction<String, Object, Object>)
              loader.loadClass(main).getDeclaredConstructor().newInstance();
      return new Deployed(loader, plugin);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One load of it. All that refers to the loader is in here, so that it can be let go. */
  public static final class Deployed {
    private volatile ClassLoader loader;
    private volatile BiFunction<String, Object, Object> plugin;

    private Deployed(ClassLoader loader, BiFunction<String, Object, Object> plugin) {
      this.loader = loader;
      this.plugin = plugin;
    }

    /** Calls the plugin. */
    public Object call(String what, Object with) {
      return plugin.apply(what, with);
    }

    /** Returns its loader, which is still held here. */
    public ClassLoader loader() {
      return loader;
    }

    /** Lets go of everything, and returns the loader to be passed on at once. */
    public ClassLoader take() {
      ClassLoader taken = loader;
      plugin = null;
      loader = null;
      return taken;
    }
  }
}
