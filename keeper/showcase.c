/* SPDX-License-Identifier: BSD-2-Clause */
/* What a keeper has beside tokens of its own, and the numbers of that.
 *
 * The configuration is read again each time: a module that was added is there
 * for whoever lists slots next.
 */

#include "config.h"

#include "keeper/listener.h"

#include "keeper/folder.h"
#include "keeper/front.h"
#include "keeper/numbering.h"
#include "pkcs11/keepers.h"
#include "pkcs11/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a front, in all the time of a keeper. */
enum { SLOTS_MOST = 4096 };

static void
ignore(void *context, const char *file, unsigned line, const char *message)
{
	/* It was said when the keeper began, and the doctor says it. */
}

/* The number of the front, or of a slot of it. */
static unsigned long
number_of(const struct listener *listener, const char *file, const char *name,
	unsigned long most)
{
	unsigned long number = 0;
	char *path;

	if (!folder_make(listener->home.folder) ||
		asprintf(&path, "%s/%s", listener->home.folder, file) < 0)
		return 0;
	number = numbering_find(path, name, most);
	free(path);
	return number;
}

static uint32_t
front_number(const struct listener *listener, const char *name)
{
	return (uint32_t)number_of(
		listener, "fronts.numbers", name, LOCAL_FRONT_MOST);
}

void
showcase_put(const struct listener *listener, const struct owner *owner,
	struct wire *wire)
{
	struct configuration configuration;
	struct front fronts[FRONTS_MOST];
	size_t count, i, start = wire->length;
	uint32_t put = 0, number;

	configuration_read(
		&configuration, listener->home.configuration, ignore, NULL);
	count = front_list(&configuration, fronts);
	wire_put_u32(wire, 0);
	for (i = 0; i < count; i++) {
		number = front_number(listener, fronts[i].name);
		if (!number)
			continue;
		wire_put_u32(wire, number);
		wire_put_text(wire, fronts[i].name);
		put++;
	}
	wire_set_u32(wire, start, put);
	configuration_clear(&configuration);
}

char *
showcase_name(const struct listener *listener, uint32_t number)
{
	struct configuration configuration;
	struct front fronts[FRONTS_MOST];
	char *name = NULL;
	size_t count, i;

	configuration_read(
		&configuration, listener->home.configuration, ignore, NULL);
	count = front_list(&configuration, fronts);
	for (i = 0; i < count && !name; i++)
		if (front_number(listener, fronts[i].name) == number)
			name = strdup(fronts[i].name);
	configuration_clear(&configuration);
	return name;
}

unsigned long
showcase_slot(
	const struct listener *listener, uint32_t number, const char *slot)
{
	char file[64];

	snprintf(file, sizeof(file), "front-%u.numbers", number);
	return number_of(listener, file, slot, SLOTS_MOST);
}
