// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.slot;

import dev.holdfast.shutdown.ShutdownReport;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A class loader that locals come from and that may be released before the JVM ends; known weakly.
 *
 * <p>Nothing here keeps the loader alive but the values of its locals, which do so anyway.
 */
public final class Origin {

  /**
   * A loader as a key, which is equal to that of the same object alone: what a loader's own {@code
   * equals} says is not asked.
   */
  private static final class Identity extends WeakReference<ClassLoader> {
    private final int hash;

    Identity(ClassLoader loader, @Nullable ReferenceQueue<ClassLoader> queue) {
      super(loader, queue);
      hash = System.identityHashCode(loader);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (this == other) {
        return true;
      }
      ClassLoader mine = get();
      return mine != null && other instanceof Identity identity && identity.refersTo(mine);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** Guarded by itself. Its values do not hold their loaders, unless values of tasks are alive. */
  private static final Map<Identity, Origin> KNOWN = new HashMap<>();

  private static final ReferenceQueue<ClassLoader> COLLECTED = new ReferenceQueue<>();

  private final Identity loader;
  private final String name;

  // Set once, by who releases; read on each first use, which is rare: volatile, so that who makes a
  // value after that has seen it, or is seen by who then looks for values.
  private volatile boolean released;

  /**
   * The values of tasks and threads that are there or are being made, with the time since when:
   * nobody else can list them. Each is put in and taken out on its owner; read by who releases.
   */
  private final Map<Slot, Long> values = new ConcurrentHashMap<>();

  // How many of them, of those that only their owner's end destroys, were put in and taken out.
  // Looked at instead of the map, which may show neither of two of which one was put in before the
  // other was taken out: who reads the ends first sees the beginnings of all that began before.
  private final AtomicLong begun = new AtomicLong();
  private final AtomicLong over = new AtomicLong();

  // Written by the owners of values that end after the release has begun, read by who releases.
  private final AtomicLong destroyed = new AtomicLong();
  private final Queue<ShutdownReport.Failure> failures = new ConcurrentLinkedQueue<>();

  private Origin(ClassLoader loader) {
    this.loader = new Identity(loader, COLLECTED);
    String given = loader.getName();
    this.name =
        loader.getClass().getName()
            + (given == null ? "" : " '" + given + "'")
            + "@"
            + Integer.toHexString(System.identityHashCode(loader));
  }

  /**
   * Returns the origin that a loader is, or null for one that lives as long as this library: its
   * own loader, the parents of that, and the JDK's.
   */
  public static @Nullable Origin of(@Nullable ClassLoader loader) {
    if (loader == null || isLasting(loader)) {
      return null;
    }
    Identity asked = new Identity(loader, null);
    synchronized (KNOWN) {
      for (Reference<?> gone = COLLECTED.poll(); gone != null; gone = COLLECTED.poll()) {
        KNOWN.remove(gone);
      }
      Origin known = KNOWN.get(asked);
      if (known != null) {
        return known;
      }
    }
    // Asks the loader for its name, which is code of a user's: under no lock.
    Origin made = new Origin(loader);
    synchronized (KNOWN) {
      Origin other = KNOWN.putIfAbsent(made.loader, made);
      return other == null ? made : other;
    }
  }

  private static boolean isLasting(ClassLoader loader) {
    ClassLoader own = Origin.class.getClassLoader();
    for (ClassLoader each = own; each != null; each = each.getParent()) {
      if (each == loader) {
        return true;
      }
    }
    return loader == ClassLoader.getPlatformClassLoader();
  }

  /** Returns the origins of the classes of some objects; null objects have none. */
  static Origin[] of(@Nullable Object... objects) {
    List<Origin> found = new ArrayList<>(0);
    for (Object each : objects) {
      if (each != null) {
        Class<?> type = each instanceof Class<?> given ? given : each.getClass();
        Origin origin = of(type.getClassLoader());
        if (origin != null && !found.contains(origin)) {
          found.add(origin);
        }
      }
    }
    return found.toArray(Origin[]::new);
  }

  /** Says whether this is the loader of the class of an object. */
  public boolean isOf(@Nullable Object object) {
    ClassLoader of = loaderOf(object);
    // The JDK's own classes have none, and that is what a collected one compares equal to.
    return of != null && loader.refersTo(of);
  }

  private static @Nullable ClassLoader loaderOf(@Nullable Object object) {
    Object inner = object;
    while (inner instanceof Wrapping wrapping) {
      inner = wrapping.wrapped();
    }
    return inner == null ? null : inner.getClass().getClassLoader();
  }

  /** Says whether the class of an object keeps this loader: it is of it, or of one below it. */
  public boolean isKeptBy(@Nullable Object object) {
    return isAbove(loaderOf(object));
  }

  /** Says whether a loader is this one or below it. */
  private boolean isAbove(@Nullable ClassLoader other) {
    for (ClassLoader each = other; each != null; each = each.getParent()) {
      if (loader.refersTo(each)) {
        return true;
      }
    }
    return false;
  }

  /** Says whether this loader keeps another one, which is its parent or further up. */
  boolean isBelow(Origin other) {
    return other.isAbove(loader.get());
  }

  /** Says whether the loader was collected. */
  public boolean isCollected() {
    return loader.refersTo(null);
  }

  /** Returns what messages call the loader. */
  public String name() {
    return name;
  }

  /** From now on no local of the loader can be used for the first time; any thread. */
  public void release() {
    released = true;
  }

  /** Says whether {@link #release} was called; any thread. */
  public boolean isReleased() {
    return released;
  }

  /** The value of a task or thread is there, or about to be made; on its owner. */
  void live(Slot slot) {
    if (values.putIfAbsent(slot, System.nanoTime()) == null && !slot.owner().runsErrands()) {
      begun.incrementAndGet();
    }
  }

  /** The value of a task or thread is no longer there; on its owner. */
  void gone(Destructible value) {
    if (value instanceof Slot slot && values.remove(slot) != null && !slot.owner().runsErrands()) {
      over.incrementAndGet();
    }
  }

  /** Says whether there are values that only the end of a task or thread destroys; any thread. */
  public boolean isHeld() {
    long ended = over.get();
    return begun.get() != ended;
  }

  /** Returns how many such values there were so far; any thread. */
  public long begun() {
    return begun.get();
  }

  /**
   * Says whether a thread has values that are destroyed at its own end, or the task's that it runs.
   *
   * @param task what it runs, or null
   */
  public boolean isHeldBy(Thread thread, @Nullable TaskScope task) {
    for (Slot slot : values.keySet()) {
      if (slot.owner().endsWith(thread, task)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the live values of tasks and threads; any thread. */
  public List<ShutdownReport.Holder> holders(long now) {
    List<ShutdownReport.Holder> found = new ArrayList<>();
    values.forEach((slot, since) -> {
      Owner owner = slot.owner();
      if (!owner.runsErrands()) {
        found.add(owner.holds(slot, now - since));
      }
    });
    return found;
  }

  /** Returns the platform threads of runtimes that have values of their own; any thread. */
  public Set<Thread> threads() {
    Set<Thread> found = new HashSet<>();
    for (Slot slot : values.keySet()) {
      if (slot.owner() instanceof ThreadOwner owner && owner.runsErrands()) {
        found.add(owner.thread());
      }
    }
    return found;
  }

  /** A value has been destroyed; on its owner. */
  void destroyed(Destructible value) {
    gone(value);
    if (released) {
      destroyed.incrementAndGet();
    }
  }

  /** Keeps what a destructor threw; on the owner of the value. */
  void failed(ShutdownReport.Failure failure) {
    if (released) {
      failures.add(failure);
    }
  }

  /** Returns how many values were destroyed since the release began; any thread. */
  public long destroyed() {
    return destroyed.get();
  }

  /** Returns what their destructors threw; any thread. */
  public List<ShutdownReport.Failure> failures() {
    return List.copyOf(failures);
  }

  @Override
  public String toString() {
    return name;
  }
}
