// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.demo;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What {@code --runner} takes. */
enum RunnerName {
  HOLDFAST(HoldfastRunner.NAME),
  VIRTUAL_THREADS(VirtualThreadRunner.NAME),
  PLATFORM_POOL(PlatformRunner.NAME);

  private final String text;

  RunnerName(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }

  /** Takes exactly the names that the help shows. */
  static final class Converter implements ITypeConverter<RunnerName> {
    @Override
    public RunnerName convert(String value) {
      for (RunnerName name : values()) {
        if (name.text.equals(value)) {
          return name;
        }
      }
      throw new TypeConversionException(
          "expected "
              + HOLDFAST
              + ", "
              + VIRTUAL_THREADS
              + " or "
              + PLATFORM_POOL
              + ", not '"
              + value
              + "'");
    }
  }
}
