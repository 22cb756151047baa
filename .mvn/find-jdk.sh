# SPDX-License-Identifier: Apache-2.0
# Sourced by ./mvnw and ./holdfast (POSIX sh): exports JAVA_HOME as a JDK 25, or stops with exit 1.
# A JDK is recognised by its javac and by the JAVA_VERSION in its `release` file; none is started.

holdfast_is_jdk_25() {
  [ -x "$1/bin/javac" ] && grep -Eq '^JAVA_VERSION="25[".+_-]' "$1/release" 2>/dev/null
}

holdfast_find_jdk_25() {
  if [ -n "${JAVA_HOME:-}" ] && holdfast_is_jdk_25 "$JAVA_HOME"; then
    return 0
  fi
  for holdfast_jdk in \
    /usr/lib/jvm/* \
    /opt/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME:-/nonexistent}"/.sdkman/candidates/java/* \
    "${HOME:-/nonexistent}"/.jdks/*; do
    if holdfast_is_jdk_25 "$holdfast_jdk"; then
      JAVA_HOME=$holdfast_jdk
      return 0
    fi
  done
  return 1
}

if ! holdfast_find_jdk_25; then
  echo "No JDK 25 found: looked for one in JAVA_HOME (${JAVA_HOME:-not set}), /usr/lib/jvm, /opt, /Library/Java/JavaVirtualMachines, ~/.sdkman/candidates/java and ~/.jdks; install one there or set JAVA_HOME to it." >&2
  exit 1
fi
export JAVA_HOME
