/* SPDX-License-Identifier: BSD-2-Clause */
/* The display of the keeper's own user.
 *
 * An application that is on another machine has none here that it could name.
 * A socket that this user owns is nobody else's display.
 */

#include "config.h"

#include "keeper/desktop.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "X0" and so on: the name, and what follows it. */
#define X_FOLDER "/tmp/.X11-unix"

static bool
is_own_socket(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISSOCK(status.st_mode) && status.st_uid == geteuid();
}

static bool
is_display(const char *name)
{
	return name[0] == 'X' && name[1] && strlen(name) < 8 &&
		strspn(name + 1, "0123456789") == strlen(name + 1);
}

/* The lowest number: later ones are displays within displays. */
static void
find_x(char *display, size_t room)
{
	DIR *folder = opendir(X_FOLDER);
	int number, lowest = -1;
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		if (!is_display(entry->d_name) ||
			!is_own_socket(dirfd(folder), entry->d_name))
			continue;
		number = atoi(entry->d_name + 1);
		if (lowest < 0 || number < lowest)
			lowest = number;
	}
	if (folder)
		closedir(folder);
	if (lowest >= 0)
		snprintf(display, room, ":%d", lowest);
}

static void
find_wayland(char *wayland, size_t room)
{
	static const char *const names[] = { "wayland-0", "wayland-1" };
	char folder[40];
	int place;
	size_t i;

	snprintf(folder, sizeof(folder), "/run/user/%lu",
		(unsigned long)geteuid());
	place = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (i = 0; i < 2 && place >= 0 && !wayland[0]; i++)
		if (is_own_socket(place, names[i]))
			snprintf(wayland, room, "%s", names[i]);
	if (place >= 0)
		close(place);
}

void
desktop_find(
	char *display, size_t display_room, char *wayland, size_t wayland_room)
{
	display[0] = wayland[0] = '\0';
	find_x(display, display_room);
	find_wayland(wayland, wayland_room);
}
