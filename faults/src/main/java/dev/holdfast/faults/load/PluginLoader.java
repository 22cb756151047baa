// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.load;

import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/** A loader that defines one class itself, from what its parent would load. */
public final class PluginLoader extends ClassLoader {

  private final String name;
  private final byte[] bytes;

  /**
   * Makes one.
   *
   * @param bytes what {@link #bytesOf} returned for the class
   */
  public PluginLoader(Class<?> type, byte[] bytes) {
    super("plugin", type.getClassLoader());
    this.name = type.getName();
    this.bytes = bytes.clone();
  }

  /** Reads the class file of a class. */
  public static byte[] bytesOf(Class<?> type) throws IOException {
    String file = type.getName().substring(type.getPackageName().length() + 1) + ".class";
    try (InputStream in = type.getResourceAsStream(file)) {
      return Objects.requireNonNull(in, "the class file of the plugin").readAllBytes();
    }
  }

  @Override
  protected Class<?> loadClass(String type, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(type)) {
      if (!type.equals(name)) {
        return super.loadClass(type, resolve);
      }
      Class<?> known = findLoadedClass(type);
      return known == null ? defineClass(type, bytes, 0, bytes.length) : known;
    }
  }

  /** Loads the class anew, and makes an instance of it. */
  public Object make() throws ReflectiveOperationException {
    return loadClass(name).getDeclaredConstructor().newInstance();
  }
}
