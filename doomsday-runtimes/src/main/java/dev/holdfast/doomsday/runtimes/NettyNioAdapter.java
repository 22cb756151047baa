// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.AuditedRuntime;
import dev.holdfast.doomsday.Setup;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.List;

/**
 * Netty's event loops on NIO, with threads of their own.
 *
 * <p>Started as in "Netty 4.2 Migration Guide", "New Best Practices", with the threads of {@code
 * DefaultThreadFactory}. That a group can be closed as any {@code ExecutorService} is said by the
 * JDK, not by Netty.
 */
final class NettyNioAdapter extends NettyAdapter {

  NettyNioAdapter() {
    super("netty-nio");
  }

  @Override
  public List<String> ways() {
    return List.of(QUIET, AT_ONCE, CLOSE);
  }

  @Override
  public AuditedRuntime start(Setup setup) {
    EventLoopGroup group =
        new MultiThreadIoEventLoopGroup(setup.threads(), NioIoHandler.newFactory());
    return new Loops(setup) {
      @Override
      EventLoop next() {
        return group.next();
      }

      @Override
      List<EventLoopGroup> loops() {
        return List.of(group);
      }
    };
  }
}
