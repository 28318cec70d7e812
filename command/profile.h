/* SPDX-License-Identifier: BSD-2-Clause */
/* Where Thunderbird keeps its profiles, and whether one is in use. */

#ifndef PROFILE_H
#define PROFILE_H

#include <stdbool.h>
#include <stddef.h>

/* How the Thunderbird that owns a profile was installed: one in a sandbox sees
 * neither our module nor the keeper's socket without help. */
enum profile_kind { PROFILE_NATIVE, PROFILE_SNAP, PROFILE_FLATPAK };

struct profile {
	char *path;
	char *name;
	enum profile_kind kind;
};

struct profiles {
	struct profile *at;
	size_t count;
};

/* All profiles of the user whose home folder is given (profiles.ini of every
 * kind of installation). False when memory is short. */
bool profiles_find(struct profiles *profiles, const char *home);
/* One profile, by its folder. */
bool profiles_name(struct profiles *profiles, const char *path);
void profiles_clear(struct profiles *profiles);

/* Is a Thunderbird running on it? Its changes would overwrite ours. */
bool profile_is_in_use(const struct profile *profile);
/* The path of a file in the profile, for the caller to free. */
char *profile_file(const struct profile *profile, const char *name);

#endif
