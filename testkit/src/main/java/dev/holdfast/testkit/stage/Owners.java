// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.stage;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
import dev.holdfast.jdk.LockOwners;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who has what others wait for, as far as it can be told: the lock that a thread is parked on, if
 * it is one that has an owner; and the monitor, of which only a dump of all threads by the JDK
 * tells. Made for a report, when nobody runs.
 */
final class Owners {

  private static final Pattern THREAD = Pattern.compile("^#(\\d+) \"");
  private static final Pattern MONITOR = Pattern.compile("^\\s*- (locked|waiting.*) <(.+)>");

  // By the numbers of threads: who waits, and who has the monitor that it waits for.
  private final Map<Long, Long> ofMonitors;

  private Owners(Map<Long, Long> ofMonitors) {
    this.ofMonitors = ofMonitors;
  }

  /** Looks, for these threads. */
  static Owners look(Collection<Thread> threads) {
    boolean atMonitors = threads.stream().anyMatch(each -> each.getState() == Thread.State.BLOCKED);
    return new Owners(atMonitors ? ofMonitors() : Map.of());
  }

  /** Returns the number of the thread that has what another one waits for, or -1. */
  long ownerOf(Thread waiting) {
    if (waiting.getState() == Thread.State.BLOCKED) {
      return ofMonitors.getOrDefault(waiting.threadId(), -1L);
    }
    Thread owner = LockOwners.of(LockSupport.getBlocker(waiting));
    return owner == null || owner == waiting ? -1 : owner.threadId();
  }

  private static Map<Long, Long> ofMonitors() {
    try {
      return read(dump());
    } catch (IOException | LinkageError | RuntimeException e) {
      // A JVM without the module or without room for a file; the report does without.
      return Map.of();
    }
  }

  private static List<String> dump() throws IOException {
    HotSpotDiagnosticMXBean vm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    Path directory = Files.createTempDirectory("simulation");
    // It must not exist.
    Path file = directory.resolve("threads.txt");
    try {
      vm.dumpThreads(file.toString(), ThreadDumpFormat.TEXT_PLAIN);
      return Files.readAllLines(file);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(directory);
    }
  }

  /** Reads a dump; monitors have names there that are the same for all threads. */
  static Map<Long, Long> read(List<String> lines) {
    Map<String, Long> owners = new HashMap<>();
    Map<Long, String> waiting = new HashMap<>();
    @Nullable Long thread = null;
    Set<String> left = new HashSet<>();
    for (String line : lines) {
      Matcher begin = THREAD.matcher(line);
      Matcher monitor = MONITOR.matcher(line);
      if (begin.find()) {
        thread = Long.valueOf(begin.group(1));
        left.clear();
      } else if (thread != null && monitor.find()) {
        String what = monitor.group(2);
        if (!monitor.group(1).equals("locked")) {
          // Who waits to be notified is said to have locked it too, in an outer frame.
          left.add(what);
          waiting.put(thread, what);
        } else if (!left.contains(what)) {
          owners.put(what, thread);
        }
      }
    }
    Map<Long, Long> found = new HashMap<>();
    waiting.forEach((who, what) -> {
      Long owner = owners.get(what);
      if (owner != null) {
        found.put(who, owner);
      }
    });
    return found;
  }
}
