// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.faults.load;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** What the load meets outside of the runtimes: foreign threads, sockets, a file. */
public final class Outside implements AutoCloseable {

  private static final int MOST_SOCKETS = 8;
  private static final byte[] TEXT =
      "there and back".getBytes(java.nio.charset.StandardCharsets.UTF_8);

  /** Threads that know nothing of any runtime. */
  public final ExecutorService foreign;

  private final Semaphore sockets = new Semaphore(MOST_SOCKETS);
  private final Path file;

  /** Makes the foreign threads and the file. */
  public Outside() throws IOException {
    foreign =
        Executors.newFixedThreadPool(2, Thread.ofPlatform().daemon().name("foreign-", 0).factory());
    file = Files.createTempFile("soak", ".txt");
    Files.write(file, TEXT);
  }

  /** Reads a file, which blocks the carrier. */
  int readFile() throws IOException {
    return Files.readAllBytes(file).length;
  }

  /** Connects over loopback, unless many do, and has a few bytes go there and back. */
  void echo() throws IOException {
    if (!sockets.tryAcquire()) {
      return;
    }
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
        Socket peer = server.accept()) {
      client.getOutputStream().write(TEXT);
      InputStream in = peer.getInputStream();
      peer.getOutputStream().write(in.readNBytes(TEXT.length));
      byte[] back = client.getInputStream().readNBytes(TEXT.length);
      if (back.length != TEXT.length) {
        throw new IOException("only " + back.length + " bytes came back");
      }
    } finally {
      sockets.release();
    }
  }

  @Override
  public void close() throws IOException {
    foreign.close();
    Files.delete(file);
  }
}
