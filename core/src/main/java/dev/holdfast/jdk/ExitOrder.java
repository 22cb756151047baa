// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jdk;

import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import jdk.internal.misc.TerminatingThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * What one thread has to do as it ends: our action first, then what the JDK frees.
 *
 * <p>The JDK's own collection has no order, and fails when something is added to it while it is
 * gone through. A destructor that opens a file does just that: what the JDK keeps for the files and
 * sockets of the thread would then not be freed, or be made again after it was.
 *
 * <p>Used by its thread only, and by virtual threads that are mounted on it.
 */
final class ExitOrder extends AbstractCollection<TerminatingThreadLocal<?>> {

  private final List<TerminatingThreadLocal<?>> ordered = new ArrayList<>(4);

  ExitOrder(TerminatingThreadLocal<?> first, Collection<TerminatingThreadLocal<?>> others) {
    ordered.add(first);
    others.forEach(this::add);
  }

  @Override
  public boolean add(TerminatingThreadLocal<?> local) {
    // They have no equality but identity.
    return !ordered.contains(local) && ordered.add(local);
  }

  @Override
  public boolean remove(@Nullable Object local) {
    return ordered.remove(local);
  }

  @Override
  public int size() {
    return ordered.size();
  }

  /** Goes through each once, those that are added meanwhile included. */
  @Override
  public Iterator<TerminatingThreadLocal<?>> iterator() {
    Set<TerminatingThreadLocal<?>> seen = Collections.newSetFromMap(new IdentityHashMap<>(4));
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return !seen.containsAll(ordered);
      }

      @Override
      public TerminatingThreadLocal<?> next() {
        for (TerminatingThreadLocal<?> local : ordered) {
          if (seen.add(local)) {
            return local;
          }
        }
        throw new NoSuchElementException("each was returned");
      }
    };
  }
}
