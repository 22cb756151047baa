// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.runtime;

import dev.holdfast.local.WorkerLocal;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * Something that blocks the platform thread under the task that enters it, until it is released.
 */
abstract class CarrierBlock implements AutoCloseable {

  /** The ways to block a carrier. */
  enum Kind {
    /** A class initialiser that waits: its native frame pins the task. */
    CLASS_INITIALIZER {
      @Override
      CarrierBlock make() {
        return new ClassInitializer();
      }
    },
    /** A wait inside an exclusive access to a worker-local. */
    EXCLUSIVE_ACCESS {
      @Override
      CarrierBlock make() {
        return new ExclusiveAccess();
      }
    },
    /** A read from the pipe of a process that writes nothing. */
    NATIVE_READ {
      @Override
      CarrierBlock make() {
        return new NativeRead();
      }
    };

    abstract CarrierBlock make();
  }

  /** Open once the task can no longer leave its carrier. */
  final CountDownLatch entered = new CountDownLatch(1);

  final CountDownLatch released = new CountDownLatch(1);

  /** Blocks the carrier of the calling task; returns null, to be the body of a task. */
  final Void enter() throws Exception {
    block();
    return null;
  }

  abstract void block() throws Exception;

  /** Lets the blocked thread go on. */
  void release() {
    released.countDown();
  }

  @Override
  public void close() {
    release();
  }

  /** Waits; to be called where the task is pinned. */
  final void awaitReleased() {
    entered.countDown();
    boolean interrupted = false;
    while (true) {
      try {
        released.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class ExclusiveAccess extends CarrierBlock {
    private static final WorkerLocal<Object> LOCAL = WorkerLocal.of(Object::new);

    @Override
    void block() {
      LOCAL.update(value -> awaitReleased());
    }
  }

  private static final class NativeRead extends CarrierBlock {
    private final Process silent;

    NativeRead() {
      try {
        silent = new ProcessBuilder("cat").start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    void block() throws IOException {
      InputStream output = silent.getInputStream();
      entered.countDown();
      if (output.read() >= 0) {
        throw new IllegalStateException("the process was given nothing, and wrote something");
      }
    }

    /** Closes its input, upon which it ends. */
    @Override
    void release() {
      super.release();
      try {
        silent.getOutputStream().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class ClassInitializer extends CarrierBlock {
    static final Map<ClassLoader, CarrierBlock> BLOCKS = new ConcurrentHashMap<>();

    @Override
    void block() throws ReflectiveOperationException {
      ClassLoader fresh = new FreshLoader();
      BLOCKS.put(fresh, this);
      Class.forName(ColdClass.class.getName(), true, fresh);
    }
  }

  /** Waits in the initialiser of {@link ColdClass} for the block that its loader belongs to. */
  static void waitInInitializer(ClassLoader of) {
    ClassInitializer.BLOCKS.remove(of).awaitReleased();
  }

  /** Defines {@link ColdClass} anew, so that it is initialised once more. */
  private static final class FreshLoader extends ClassLoader {
    FreshLoader() {
      super(CarrierBlock.class.getClassLoader());
    }

    @Override
    public Class<?> loadClass(String name) throws ClassNotFoundException {
      if (!name.equals("dev.holdfast.runtime.ColdClass")) {
        return super.loadClass(name);
      }
      try (InputStream in =
          CarrierBlock.class.getResourceAsStream("/dev/holdfast/runtime/ColdClass.class")) {
        byte[] bytes = in.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
