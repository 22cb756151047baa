// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.jackson2;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.BufferRecycler;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.core.util.RecyclerPool;
import dev.holdfast.jackson.PoolOptions;
import dev.holdfast.jackson.Subject;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;

/** Jackson 2. */
record Jackson2(JsonFactory json, WorkerRecyclerPool pool, RecyclerPool<BufferRecycler> jacksons)
    implements Subject {

  static final Version VERSION =
      new Version() {
        @Override
        public Subject of(PoolOptions options) {
          return with(WorkerRecyclerPool.of(options));
        }

        @Override
        public Subject shared() {
          return with(WorkerRecyclerPool.shared());
        }
      };

  private static Jackson2 with(WorkerRecyclerPool pool) {
    return with(JsonFactory.builder().recyclerPool(pool).build(), pool);
  }

  private static Jackson2 with(JsonFactory json, WorkerRecyclerPool pool) {
    return new Jackson2(json, pool, JsonRecyclerPools.newBoundedPool(4));
  }

  @Override
  public Object acquire() {
    return pool.acquireAndLinkPooled();
  }

  @Override
  public Object acquireUnlinked() {
    return pool.acquirePooled();
  }

  @Override
  public void release(Object recycler) {
    ((BufferRecycler) recycler).releaseToPool();
  }

  @Override
  public void releasePooled(Object recycler) {
    pool.releasePooled((BufferRecycler) recycler);
  }

  @Override
  public Object strange() {
    return new BufferRecycler();
  }

  @Override
  public Object ofJacksonsPool() {
    return jacksons.acquireAndLinkPooled();
  }

  @Override
  public int countOfJacksonsPool() {
    return jacksons.pooledCount();
  }

  @Override
  public void grow(Object recycler, int bytes) {
    ((BufferRecycler) recycler)
        .releaseByteBuffer(BufferRecycler.BYTE_WRITE_CONCAT_BUFFER, new byte[bytes]);
  }

  @Override
  public List<Object> grownOfEachKind(int length) throws IllegalAccessException {
    List<Object> all = new ArrayList<>();
    for (Field each : BufferRecycler.class.getFields()) {
      BufferRecycler recycler = pool.acquireAndLinkPooled();
      if (each.getName().startsWith("BYTE_")) {
        recycler.releaseByteBuffer(each.getInt(null), new byte[length]);
      } else {
        recycler.releaseCharBuffer(each.getInt(null), new char[length]);
      }
      all.add(recycler);
    }
    return all;
  }

  @Override
  public boolean clear() {
    return pool.clear();
  }

  @Override
  public int count() {
    return pool.pooledCount();
  }

  @Override
  public long unreleased() {
    return pool.unreleased();
  }

  @Override
  public PoolOptions options() {
    return pool.options();
  }

  @Override
  public Reading open(InputStream document) throws IOException {
    return reading(json.createParser(document));
  }

  @Override
  public Reading open(String document) throws IOException {
    return reading(json.createParser(document));
  }

  private static Reading reading(JsonParser parser) {
    return new Reading() {
      @Override
      public String next() throws IOException {
        JsonToken token = parser.nextToken();
        return token == null ? null : token.name();
      }

      @Override
      public void close() throws IOException {
        parser.close();
      }
    };
  }

  @Override
  public void print(String text) throws IOException {
    try (JsonGenerator printer = json.createGenerator(new ByteArrayOutputStream())) {
      printer.writeString(text);
    }
  }

  @Override
  public String copy(String document) throws IOException {
    StringWriter into = new StringWriter();
    try (JsonParser parser = json.createParser(document);
        JsonGenerator printer = json.createGenerator(into)) {
      while (parser.nextToken() != null) {
        printer.copyCurrentEvent(parser);
      }
    }
    return into.toString();
  }

  @Override
  public Subject serialised() throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(json);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      JsonFactory read = (JsonFactory) in.readObject();
      return with(read, (WorkerRecyclerPool) read._getRecyclerPool());
    }
  }
}
