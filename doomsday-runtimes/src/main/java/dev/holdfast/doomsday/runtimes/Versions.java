// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday.runtimes;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The versions of libraries, as they say themselves. */
final class Versions {

  private static final String UNPACKAGED = "(unpackaged)";

  private Versions() {}

  /** Reads the version that the build put into the jar of an artifact. */
  static String ofArtifact(String group, String artifact) {
    String resource = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
    try (InputStream in = Versions.class.getResourceAsStream(resource)) {
      if (in == null) {
        return UNPACKAGED;
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version", UNPACKAGED);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The version of the JDK. */
  static String ofJdk() {
    return "JDK "
        + Runtime.version().feature()
        + "."
        + Runtime.version().interim()
        + "."
        + Runtime.version().update();
  }
}
