// SPDX-License-Identifier: Apache-2.0
/**
 * {@code holdfast doomsday}: audits runtimes at their end.
 *
 * <p>{@link dev.holdfast.cli.doomsday.DoomsdayCommand} reads the line, {@link
 * dev.holdfast.cli.doomsday.Auditor} has each runtime audited in JVMs of its own ({@link
 * dev.holdfast.cli.doomsday.AuditJvm}), in which {@link dev.holdfast.cli.doomsday.AuditProgram}
 * runs, and the rest prints.
 */
@org.jspecify.annotations.NullMarked
package dev.holdfast.cli.doomsday;
