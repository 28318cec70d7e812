/* SPDX-License-Identifier: BSD-2-Clause */
/* The display of the keeper's own user. */

#ifndef DESKTOP_H
#define DESKTOP_H

#include <stddef.h>

/* As DISPLAY and WAYLAND_DISPLAY name it; empty: there is none. */
void desktop_find(
	char *display, size_t display_room, char *wayland, size_t wayland_room);

#endif
