/* SPDX-License-Identifier: BSD-2-Clause */
/* What setup remembers of a profile, so that it can be undone. */

#include "config.h"

#include "command/setup-record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "before.NAME" has what was there the first time, "after.NAME" what setup made
 * of it the last time. */
static const char before_us[] = "before.", after_us[] = "after.";

/* No value of a preference looks like this. */
static const char absent[] = "null";

static char *
find(const struct preferences *record, const char *when, const char *name)
{
	char *key, *value;

	if (asprintf(&key, "%s%s", when, name) < 0)
		return NULL;
	value = preferences_find(record, key);
	free(key);
	return value;
}

static bool
set(struct preferences *record, const char *when, const char *name,
	const char *value)
{
	char *key;
	bool is_done;

	if (asprintf(&key, "%s%s", when, name) < 0)
		return false;
	is_done = preferences_set(record, key, value);
	free(key);
	return is_done;
}

char *
record_before(const struct preferences *record, const char *name)
{
	char *value = find(record, before_us, name);

	if (value && strcmp(value, absent) == 0)
		value[0] = '\0';
	return value;
}

char *
record_after(const struct preferences *record, const char *name)
{
	return find(record, after_us, name);
}

char *
record_name_at(const struct preferences *record, size_t line)
{
	char *key = preferences_name_at(record, line), *name = NULL;

	if (key && strncmp(key, after_us, strlen(after_us)) == 0)
		name = strdup(key + strlen(after_us));
	free(key);
	return name;
}

bool
record_change(struct preferences *record, const char *name, const char *before,
	const char *after)
{
	char *earlier = find(record, before_us, name);
	bool is_done = (earlier ||
			       set(record, before_us, name,
				       before ? before : absent)) &&
		set(record, after_us, name, after);

	free(earlier);
	return is_done;
}
