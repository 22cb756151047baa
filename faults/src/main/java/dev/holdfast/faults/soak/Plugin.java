// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.soak;

import dev.holdfast.faults.books.Books;
import dev.holdfast.faults.books.Books.Owner;
import dev.holdfast.faults.books.Books.Value;
import dev.holdfast.local.Lease;
import dev.holdfast.local.TaskLocal;
import dev.holdfast.local.WorkerLocal;
import java.util.function.Function;

/**
 * Code that is loaded anew each time, by a class loader of its own, which is then released: its
 * locals come from that loader.
 */
public final class Plugin implements Function<Books, Runnable> {

  /** Made by the host, by reflection. */
  public Plugin() {}

  /** Returns what a task of the host runs. */
  @Override
  public Runnable apply(Books books) {
    WorkerLocal<Value> shared =
        WorkerLocal.of(() -> books.make("plugin's", Owner.WORKER_EARLY), value -> value.close());
    WorkerLocal<Value> leased =
        WorkerLocal.of(
            () -> books.make("plugin's leased", Owner.WORKER_EARLY), value -> value.close());
    TaskLocal<Value> own =
        TaskLocal.of(() -> books.make("plugin's own", Owner.TASK), value -> value.close());
    return () -> {
      shared.update(value -> value.touch());
      own.get().touch();
      try (Lease<Value> lease = leased.lease()) {
        lease.get().touch();
      }
    };
  }

  /** A loader that defines this class itself, from what its parent would load. */
  static final class Loader extends ClassLoader {

    private final String name;
    private final byte[] bytes;

    Loader(byte[] bytes) {
      super("plugin", Plugin.class.getClassLoader());
      this.name = Plugin.class.getName();
      this.bytes = bytes.clone();
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

    /** Loads it, and makes what a task is to run. */
    @SuppressWarnings("unchecked") // it says so itself
    Runnable plugin(Books books) throws ReflectiveOperationException {
      Object made = loadClass(name).getDeclaredConstructor().newInstance();
      return ((Function<Books, Runnable>) made).apply(books);
    }
  }
}
