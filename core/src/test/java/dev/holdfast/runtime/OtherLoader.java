// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Supplier;

/** A class loader of which locals can come: it defines one class anew. */
final class OtherLoader extends ClassLoader {

  /** Makes values, and does nothing. */
  public static final class Maker implements Supplier<Object>, Runnable {
    /** Made by name. */
    public Maker() {}

    @Override
    public Object get() {
      return new Object();
    }

    @Override
    public void run() {}
  }

  OtherLoader() {
    super(OtherLoader.class.getClassLoader());
  }

  /** Returns a supplier of a class of this loader. */
  @SuppressWarnings("unchecked")
  Supplier<Object> supplier() throws ReflectiveOperationException {
    return (Supplier<Object>) make();
  }

  /** Returns a body of a class of this loader. */
  Runnable body() throws ReflectiveOperationException {
    return (Runnable) make();
  }

  private Object make() throws ReflectiveOperationException {
    return loadClass(Maker.class.getName()).getConstructor().newInstance();
  }

  @Override
  public Class<?> loadClass(String name) throws ClassNotFoundException {
    if (!name.equals(Maker.class.getName())) {
      return super.loadClass(name);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> known = findLoadedClass(name);
      return known == null ? define(name) : known;
    }
  }

  private Class<?> define(String name) throws ClassNotFoundException {
    try (InputStream in =
        OtherLoader.class.getResourceAsStream("/" + name.replace('.', '/') + ".class")) {
      byte[] bytes = in.readAllBytes();
      return defineClass(name, bytes, 0, bytes.length);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }
}
