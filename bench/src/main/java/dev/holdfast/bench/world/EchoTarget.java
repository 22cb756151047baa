// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.bench.world;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.LongAdder;

/**
 * A server of the oldest kind: each connection is a task, which reads a message from a stream that
 * blocks and writes it back. A thread of the platform accepts, whatever the executor.
 */
final class EchoTarget implements Target {

  /** What one read may take; a message is 64 bytes. */
  private static final int BUFFER = 512;

  /** As many may connect before the first is accepted. */
  private static final int BACKLOG = 4_096;

  private final ExecutorService executor;
  private final ServerSocket server;
  private final Thread acceptor;
  private final LongAdder answered = new LongAdder();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

  /** Starts the server; the executor is ended with it. */
  EchoTarget(ExecutorService executor) throws IOException {
    this.executor = executor;
    server = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    acceptor = Thread.ofPlatform().daemon().name("echo-acceptor").start(this::accept);
  }

  private void accept() {
    while (true) {
      Socket socket;
      try {
        socket = server.accept();
      } catch (IOException e) {
        return; // the server is closed
      }
      sockets.add(socket);
      executor.execute(() -> serve(socket));
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] message = new byte[BUFFER];
      for (int length = in.read(message); length >= 0; length = in.read(message)) {
        answered.increment();
        out.write(message, 0, length);
      }
    } catch (IOException e) {
      // The client, which waits for each answer, reports it; or the server is being closed.
      return;
    } finally {
      sockets.remove(socket);
    }
  }

  @Override
  public int port() {
    return server.getLocalPort();
  }

  @Override
  public long answered() {
    return answered.sum();
  }

  @Override
  public void close() throws IOException {
    server.close();
    // Nothing is added to the sockets after that.
    boolean interrupted = false;
    while (acceptor.isAlive()) {
      try {
        acceptor.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    for (Socket socket : sockets) {
      socket.close();
    }
    executor.close();
  }
}
