// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The program that asks a server: for each line of its standard input, a {@link LoadOrder}, it
 * prints one, a {@link LoadResult}. It ends with its input, or with a message after a failure.
 *
 * <p>One thread serves all connections by a selector, so that it takes as little as it can of the
 * processors it shares with the server. Each connection sends a request when it has the answer to
 * the last one. Time is measured from when all have had one answer; when it is over no more is
 * sent, and the answers under way are waited for, so that both sides have counted the same.
 *
 * <p>It needs nothing but the JDK and this package.
 */
public final class LoadGenerator {

  private static final long STALL_MILLIS = 10_000;
  private static final int ANSWER_LIMIT = 8_192;
  private static final int ECHO_BYTES = 64;

  private final LoadOrder order;
  private final Latencies latencies = new Latencies();

  /** All fields below are of the one thread. */
  private long answered;

  private int waiting;
  private boolean measuring;
  private long began;
  private long ended;

  private LoadGenerator(LoadOrder order) {
    this.order = order;
  }

  /** Obeys its input. */
  @SuppressWarnings("CatchAndPrintStackTrace") // whoever started it shows what it prints
  public static void main(String[] args) {
    PrintStream out = System.out;
    try (BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      for (String line = orders.readLine(); line != null; line = orders.readLine()) {
        out.println(run(LoadOrder.parse(line)).text());
        out.flush();
      }
    } catch (IOException | RuntimeException e) {
      e.printStackTrace();
      System.exit(1);
    }
  }

  /** Sends requests and counts the answers. */
  static LoadResult run(LoadOrder order) throws IOException {
    return new LoadGenerator(order).run();
  }

  private LoadResult run() throws IOException {
    List<Connection> connections = new ArrayList<>();
    try (Selector selector = Selector.open()) {
      InetSocketAddress server =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), order.port());
      for (int i = 0; i < order.connections(); i++) {
        connections.add(new Connection(server, order.talk(), selector));
      }
      sendAll(connections);
      take(selector); // each one answer: the connections are made, the server has its tasks
      measuring = true;
      began = System.nanoTime();
      ended = began + TimeUnit.MILLISECONDS.toNanos(order.millis());
      sendAll(connections);
      take(selector);
    } finally {
      for (Connection connection : connections) {
        connection.channel.close();
      }
    }
    if (latencies.total() == 0) {
      throw new IOException("no answer within " + order.millis() + " ms: measure for longer");
    }
    return new LoadResult(
        answered,
        latencies.total(),
        ended - began,
        latencies.quantile(0.5),
        latencies.quantile(0.99));
  }

  private void sendAll(List<Connection> connections) throws IOException {
    waiting = connections.size();
    for (Connection connection : connections) {
      connection.send();
    }
  }

  /** Takes answers until no connection waits for one. */
  private void take(Selector selector) throws IOException {
    while (waiting > 0) {
      if (selector.select(STALL_MILLIS) == 0) {
        throw new IOException(
            waiting
                + " of "
                + order.connections()
                + " connections got no answer for "
                + STALL_MILLIS
                + " ms, after "
                + answered
                + " answers");
      }
      for (Iterator<SelectionKey> keys = selector.selectedKeys().iterator(); keys.hasNext(); ) {
        Connection connection = (Connection) keys.next().attachment();
        keys.remove();
        if (connection.take()) {
          answered(connection);
        }
      }
    }
  }

  private void answered(Connection connection) throws IOException {
    answered++;
    long now = System.nanoTime();
    if (measuring && now < ended) {
      latencies.add(now - connection.sentAt);
      connection.send();
    } else {
      waiting--;
    }
  }

  /** One connection, of which one request is under way at a time. */
  private static final class Connection {
    private final SocketChannel channel;
    private final LoadOrder.Talk talk;
    private final ByteBuffer request;
    private final ByteBuffer answer = ByteBuffer.allocate(ANSWER_LIMIT);
    private long sentAt;

    Connection(InetSocketAddress server, LoadOrder.Talk talk, Selector selector)
        throws IOException {
      this.talk = talk;
      byte[] text = request(talk);
      request = ByteBuffer.allocateDirect(text.length).put(text);
      channel = SocketChannel.open(server);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, this);
    }

    private static byte[] request(LoadOrder.Talk talk) {
      if (talk == LoadOrder.Talk.ECHO) {
        byte[] bytes = new byte[ECHO_BYTES];
        Arrays.fill(bytes, (byte) 42);
        return bytes;
      }
      String body = HttpWords.QUESTION;
      return ("POST "
              + HttpWords.PATH
              + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body)
          .getBytes(StandardCharsets.US_ASCII);
    }

    void send() throws IOException {
      answer.clear();
      sentAt = System.nanoTime();
      channel.write(request.rewind());
      if (request.hasRemaining()) {
        // The answer to the last one has been read, so that there is room for this one.
        throw new IOException("only " + request.position() + " bytes of a request could be sent");
      }
    }

    /** Reads what has come; says whether the answer is all there. */
    boolean take() throws IOException {
      if (channel.read(answer) < 0) {
        throw new IOException(
            "the server closed a connection after "
                + answer.position()
                + " bytes of an answer: "
                + text(answer.position()));
      }
      return talk == LoadOrder.Talk.ECHO ? echoed() : answeredByHttp();
    }

    private boolean echoed() throws IOException {
      if (answer.position() < request.capacity()) {
        return false;
      }
      if (!answer.flip().equals(request.rewind())) {
        throw new IOException("what came back is not what was sent");
      }
      return true;
    }

    private boolean answeredByHttp() throws IOException {
      int body = HttpWords.bodyIn(answer.array(), answer.position());
      if (body < 0) {
        if (!answer.hasRemaining()) {
          throw new IOException("a header has no end in " + ANSWER_LIMIT + " bytes");
        }
        return false;
      }
      int length = HttpWords.lengthIn(answer.array(), body);
      if (length < 0 || body + length > answer.capacity()) {
        throw new IOException("not an answer to be read here: " + text(body));
      }
      return answer.position() >= body + length;
    }

    private String text(int length) {
      return new String(answer.array(), 0, length, StandardCharsets.ISO_8859_1);
    }
  }
}
