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

/* No front's name has a colon. */
static uint32_t
circle_number(const struct listener *listener, const struct circle *circle)
{
	char name[64];

	snprintf(name, sizeof(name), "group:%s", circle->name);
	return front_number(listener, name);
}

/* The administrator makes its tokens, and need not be a member. */
static bool
may_see(const struct circle *circle, uid_t user)
{
	return caller_is_in_charge(user) || circle_has(circle, user);
}

static uint32_t
put(struct wire *wire, uint32_t number, const char *name)
{
	if (number == 0)
		return 0;
	wire_put_u32(wire, number);
	wire_put_text(wire, name);
	return 1;
}

void
showcase_put(const struct listener *listener, uid_t user, struct wire *wire)
{
	const struct circles *circles = &listener->circles;
	struct configuration configuration;
	struct front fronts[FRONTS_MOST];
	size_t count, i, start = wire->length;
	uint32_t sum = 0;

	configuration_read(
		&configuration, listener->home.configuration, ignore, NULL);
	count = front_list(&configuration, fronts);
	wire_put_u32(wire, 0);
	for (i = 0; i < count; i++)
		sum += put(wire, front_number(listener, fronts[i].name),
			fronts[i].name);
	for (i = 0; i < circles->count; i++)
		if (may_see(&circles->at[i], user))
			sum += put(wire,
				circle_number(listener, &circles->at[i]),
				circles->at[i].name);
	wire_set_u32(wire, start, sum);
	configuration_clear(&configuration);
}

static char *
front_name(const struct listener *listener, uint32_t number)
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

bool
showcase_find(const struct listener *listener, uid_t user, uint32_t number,
	struct exhibit *exhibit)
{
	const struct circles *circles = &listener->circles;
	size_t i;

	*exhibit = (struct exhibit){ 0 };
	for (i = 0; i < circles->count && !exhibit->name; i++) {
		if (!may_see(&circles->at[i], user) ||
			circle_number(listener, &circles->at[i]) != number)
			continue;
		exhibit->name = strdup(circles->at[i].name);
		exhibit->is_group = true;
		exhibit->is_members = !caller_is_in_charge(user);
	}
	if (!exhibit->name)
		exhibit->name = front_name(listener, number);
	return exhibit->name;
}

unsigned long
showcase_slot(
	const struct listener *listener, uint32_t number, const char *slot)
{
	char file[64];

	snprintf(file, sizeof(file), "front-%u.numbers", number);
	return number_of(listener, file, slot, SLOTS_MOST);
}
