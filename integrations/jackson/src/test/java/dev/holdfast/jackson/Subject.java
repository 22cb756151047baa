// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * A Jackson of one of its versions with a pool of ours: what the tests need of either. Recyclers
 * are objects here.
 */
public interface Subject {

  /** Makes subjects of one version. */
  interface Version {
    /** Makes one with a pool of its own. */
    Subject of(PoolOptions options);

    /** Makes one with the shared pool. */
    Subject shared();
  }

  /** A parser that is open. */
  interface Reading {
    /** Returns the name of the next token, or null after the last one. */
    String next() throws IOException;

    void close() throws IOException;
  }

  Object pool();

  /** Acquires a recycler as Jackson does for a parser. */
  Object acquire();

  /** Acquires a recycler that does not know its way back. */
  Object acquireUnlinked();

  /** Releases a recycler as Jackson does when a parser is closed. */
  void release(Object recycler);

  /** Hands a recycler to the pool. */
  void releasePooled(Object recycler);

  /** Makes a recycler that has nothing to do with the pool. */
  Object strange();

  /** Takes a recycler from a pool of Jackson's own, linked. */
  Object ofJacksonsPool();

  /** Returns how many recyclers Jackson's own pool has at rest, of which the above is. */
  int countOfJacksonsPool();

  /** Leaves a buffer of some size with a recycler. */
  void grow(Object recycler, int bytes);

  /** Acquires a recycler for each kind of buffer there is, and leaves one of that length in it. */
  List<Object> grownOfEachKind(int length) throws IllegalAccessException;

  boolean clear();

  int count();

  long unreleased();

  PoolOptions options();

  Reading open(InputStream document) throws IOException;

  /** Opens a parser of a text, which is given to it as characters. */
  Reading open(String document) throws IOException;

  /** Opens a printer and closes it. */
  void print(String text) throws IOException;

  /** Parses and prints, both at once. */
  String copy(String document) throws IOException;

  /** Returns what its factory is once it was serialised and read back. */
  Subject serialised() throws IOException, ClassNotFoundException;
}
