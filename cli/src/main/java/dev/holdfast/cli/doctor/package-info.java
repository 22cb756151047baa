// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code doctor} command: which tier this JDK offers to a program, by the way it is started.
 *
 * <p>{@link dev.holdfast.cli.doctor.DoctorCommand} is the way in. An {@code Examiner} starts a
 * {@code ChildJvm} for each {@code Start}, in which a probe ({@code TierProbe}, {@code ExitProbe},
 * {@code DaemonProbe}) prints what it sees, and makes an {@code Examination} of it.
 */
@NullMarked
package dev.holdfast.cli.doctor;

import org.jspecify.annotations.NullMarked;
