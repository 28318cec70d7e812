/* SPDX-License-Identifier: BSD-2-Clause */
/* What a Thunderbird from Flatpak needs: a copy of the module in its profile,
 * for it sees no other folder of ours, and leave to reach the keeper's socket.
 */

#ifndef FLATPAK_H
#define FLATPAK_H

#include "command/profile.h"

/* Where the copy is, also as the sandbox sees it; the caller frees it. */
char *flatpak_module(const struct profile *profile);
/* Is the copy there and the same as the module, and the leave given? */
bool flatpak_is_served(const struct profile *profile, const char *module);

/* Copies the module and gives the leave, as "flatpak override" does; *changed
 * grows by what was not so before. False after an error was said. */
bool flatpak_serve(
	const struct profile *profile, const char *module, size_t *changed);
/* Deletes the copy and withdraws the leave. */
bool flatpak_withdraw(const struct profile *profile);

#endif
