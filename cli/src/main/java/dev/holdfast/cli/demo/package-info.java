// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code demo} command: one real job, done on Holdfast and on what the JDK offers, side by
 * side.
 *
 * <p>{@link dev.holdfast.cli.demo.DemoCommand} is the way in. A {@code Corpus} lists the files and
 * cuts them in pieces; each {@code Runner} has every piece digested by a {@code FileDigester} in a
 * {@code DigestContext}; {@code Demo} runs them and compares what they found.
 */
@NullMarked
package dev.holdfast.cli.demo;

import org.jspecify.annotations.NullMarked;
