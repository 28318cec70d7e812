/* SPDX-License-Identifier: BSD-2-Clause */
/* What a keeper has beside tokens of its own, and the numbers of that.
 *
 * A module that was added to the configuration is there for whoever lists slots
 * next. So each question looks whether a file has changed, and only then reads.
 */

#include "config.h"

#include "keeper/listener.h"

#include "keeper/folder.h"
#include "keeper/front.h"
#include "keeper/numbering.h"
#include "keeper/witness.h"
#include "pkcs11/keepers.h"
#include "pkcs11/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Milliseconds after which something that had no number may have one, and what
 * could not be read be read. */
enum { RETRY_TIME = 1000 };

/* A front, or the tokens of a group. */
struct row {
	char name[FRONT_NAME_MOST + 1];
	const struct circle *circle; /* NULL: a front */
	uint32_t number;             /* 0: there is none */
};

/* As it was read; the witnesses are of before. */
struct showcase {
	struct row *rows;
	size_t count;
	struct witnesses seen;
	int64_t good_until;
};

void
showcase_free(struct showcase *showcase)
{
	if (!showcase)
		return;
	free(showcase->rows);
	witnesses_clear(&showcase->seen);
	free(showcase);
}

/* False: memory is short. */
static bool
take_rows(struct showcase *showcase, const struct circles *circles,
	const struct configuration *configuration)
{
	struct front fronts[FRONTS_MOST];
	size_t count = front_list(configuration, fronts), i;

	showcase->rows =
		calloc(count + circles->count + 1, sizeof(*showcase->rows));
	if (!showcase->rows)
		return false;
	for (i = 0; i < count; i++)
		snprintf(showcase->rows[i].name, sizeof(showcase->rows->name),
			"%s", fronts[i].name);
	for (i = 0; i < circles->count; i++) {
		if (!circles->at[i].is_there)
			continue;
		showcase->rows[count].circle = &circles->at[i];
		snprintf(showcase->rows[count].name,
			sizeof(showcase->rows->name), "%s",
			circles->at[i].name);
		count++;
	}
	showcase->count = count;
	return true;
}

/* No front's name has a colon. */
static void
name_row(const struct row *row, char name[FRONT_NAME_MOST + 8])
{
	snprintf(name, FRONT_NAME_MOST + 8, "%s%s", row->circle ? "group:" : "",
		row->name);
}

/* The file's witness is of before the numbers that are new. */
static void
number_rows(struct showcase *showcase, const char *path)
{
	const struct numbering numbering = { .path = path,
		.most = LOCAL_FRONT_MOST,
		.fresh_most = LOCAL_FRONT_MOST };
	const size_t count = showcase->count;
	char(*names)[FRONT_NAME_MOST + 8] = calloc(count, sizeof(*names));
	const char **list = calloc(count, sizeof(*list));
	unsigned long *numbers = calloc(count, sizeof(*numbers));
	size_t i;

	witnesses_see(&showcase->seen, path);
	if (names && list && numbers) {
		for (i = 0; i < count; i++) {
			name_row(&showcase->rows[i], names[i]);
			list[i] = names[i];
		}
		(void)numbering_find_all(&numbering, list, count, numbers);
		for (i = 0; i < count; i++)
			showcase->rows[i].number =
				numbers[i] <= LOCAL_FRONT_MOST
				? (uint32_t)numbers[i]
				: 0;
	}
	free(names);
	free(list);
	free(numbers);
}

static bool
has_all_numbers(const struct showcase *showcase)
{
	size_t i;

	for (i = 0; i < showcase->count; i++)
		if (!showcase->rows[i].number)
			return false;
	return true;
}

/* NULL: memory is short. */
static struct showcase *
read_showcase(const struct listener *listener)
{
	struct showcase *showcase = calloc(1, sizeof(*showcase));
	struct configuration configuration;
	unsigned complaints;
	char *path;
	bool fine;

	if (!showcase)
		return NULL;
	complaints = configuration_read_seen(
		&configuration, listener->home.configuration, &showcase->seen);
	fine = take_rows(showcase, &listener->circles, &configuration);
	configuration_clear(&configuration);
	if (!fine) {
		showcase_free(showcase);
		return NULL;
	}
	if (showcase->count && folder_make(listener->home.folder) &&
		asprintf(&path, "%s/fronts.numbers", listener->home.folder) >=
			0) {
		number_rows(showcase, path);
		free(path);
	}
	showcase->good_until = has_all_numbers(showcase) && !complaints
		? INT64_MAX
		: moment() + RETRY_TIME;
	return showcase;
}

/* As it is now; NULL: memory is short. */
static const struct showcase *
look(struct listener *listener)
{
	struct showcase *showcase = listener->showcase;

	if (!showcase || moment() >= showcase->good_until ||
		!witnesses_hold(&showcase->seen)) {
		showcase_free(showcase);
		listener->showcase = read_showcase(listener);
	}
	return listener->showcase;
}

/* The administrator makes a group's tokens, and need not be a member. */
static bool
may_see(const struct row *row, uid_t user)
{
	return row->number &&
		(!row->circle || caller_is_in_charge(user) ||
			circle_has(row->circle, user));
}

void
showcase_put(struct listener *listener, uid_t user, struct wire *wire)
{
	const struct showcase *showcase = look(listener);
	const struct row *row;
	size_t i, start = wire->length;
	uint32_t sum = 0;

	wire_put_u32(wire, 0);
	for (i = 0; showcase && i < showcase->count; i++) {
		row = &showcase->rows[i];
		if (!may_see(row, user))
			continue;
		wire_put_u32(wire, row->number);
		wire_put_text(wire, row->name);
		sum++;
	}
	wire_set_u32(wire, start, sum);
}

bool
showcase_find(struct listener *listener, uid_t user, uint32_t number,
	struct exhibit *exhibit)
{
	const struct showcase *showcase = look(listener);
	const struct row *row;
	size_t i;

	*exhibit = (struct exhibit){ 0 };
	for (i = 0; showcase && i < showcase->count && !exhibit->name; i++) {
		row = &showcase->rows[i];
		if (row->number != number || !may_see(row, user))
			continue;
		exhibit->name = strdup(row->name);
		exhibit->is_group = row->circle;
		exhibit->is_members = row->circle && !caller_is_in_charge(user);
	}
	return exhibit->name;
}
