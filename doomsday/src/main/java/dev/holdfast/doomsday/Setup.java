// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.doomsday;

/**
 * What an adapter is given to start a runtime with.
 *
 * @param threads how many threads the runtime is to have, at least 1, if that can be said
 * @param armory makes the values that its threads are to own
 * @param seed for choices of the adapter's own
 */
public record Setup(int threads, Armory armory, long seed) {}
