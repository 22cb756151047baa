// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import dev.holdfast.doomsday.RuntimeAdapter;
import org.apache.catalina.util.ServerInfo;

/** A pool of threads of Tomcat's. */
abstract class TomcatAdapter implements RuntimeAdapter {

  private final String name;

  TomcatAdapter(String name) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  /** Of "Apache Tomcat/1.2.3", what is after the stroke. */
  @Override
  public String version() {
    String info = ServerInfo.getServerInfo();
    return info.substring(info.indexOf('/') + 1);
  }
}
