/* SPDX-License-Identifier: BSD-2-Clause */
/* The groups whose members share tokens, as root's configuration names them. */

#include "config.h"

#include "keeper/circle.h"

#include "pkcs11/log.h"

#include <stdlib.h>
#include <string.h>

enum { CIRCLES_MOST = 64, MEMBERS_MOST = 4096 };

static struct circle *
find(const struct circles *circles, const char *name)
{
	size_t i;

	for (i = 0; i < circles->count; i++)
		if (strcmp(circles->at[i].name, name) == 0)
			return &circles->at[i];
	return NULL;
}

/* NULL: memory is short. */
static struct circle *
provide(struct circles *circles, const char *name)
{
	struct circle *circle = find(circles, name);

	if (circle)
		return circle;
	circle = reallocarray(
		circles->at, circles->count + 1, sizeof(*circles->at));
	if (!circle)
		return NULL;
	circles->at = circle;
	circle += circles->count++;
	*circle = (struct circle){ 0 };
	memcpy(circle->name, name, strlen(name));
	return circle;
}

static bool
add_member(struct circle *circle, uid_t user)
{
	uid_t *grown;

	if (circle->count == MEMBERS_MOST) {
		note("group %s: there are too many members", circle->name);
		return true;
	}
	grown = reallocarray(
		circle->members, circle->count + 1, sizeof(*grown));
	if (!grown)
		return false;
	circle->members = grown;
	grown[circle->count++] = user;
	return true;
}

static bool
add_to(struct circle *circle, const struct finding *finding)
{
	circle->is_there = true;
	circle->is_unsure |= finding->kind == FOUND_OUT_NOTHING;
	return finding->kind != FOUND_MEMBER ||
		add_member(circle, finding->user);
}

bool
circles_add(struct circles *circles, const struct finding *finding)
{
	struct circle *circle;

	if (finding->kind == FOUND_ALL) {
		circles->is_whole = true;
		return true;
	}
	if (!memchr(finding->circle, 0, sizeof(finding->circle)))
		return true;
	if (!find(circles, finding->circle) && circles->count == CIRCLES_MOST) {
		note("group %s: there are too many groups", finding->circle);
		return true;
	}
	/* What could not be looked up is tried again as soon. */
	circles->has_unknown |= finding->kind == FOUND_NOBODY ||
		finding->kind == FOUND_OUT_NOTHING;
	circle = provide(circles, finding->circle);
	return circle && add_to(circle, finding);
}

static void
give_members(struct circle *from, struct circle *to)
{
	free(to->members);
	to->members = from->members;
	from->members = NULL;
	to->count = from->count;
}

/* What has no room in memory is not there. */
void
circles_renew(struct circles *circles, struct circles *fresh)
{
	struct circle *said, *circle;
	size_t i;

	for (i = 0; i < circles->count; i++) {
		circle = &circles->at[i];
		said = find(fresh, circle->name);
		if (said && said->is_unsure && circle->is_there)
			continue;
		circle->is_there = false;
		circle->count = 0;
	}
	for (i = 0; i < fresh->count; i++) {
		said = &fresh->at[i];
		circle = provide(circles, said->name);
		if (!circle || circle->is_there)
			continue;
		give_members(said, circle);
		circle->is_there = true;
	}
	circles->is_whole = fresh->is_whole;
	circles->has_unknown = fresh->has_unknown;
	circles_clear(fresh);
}

void
circles_clear(struct circles *circles)
{
	size_t i;

	for (i = 0; i < circles->count; i++)
		free(circles->at[i].members);
	free(circles->at);
	*circles = (struct circles){ 0 };
}

const struct circle *
circles_find(const struct circles *circles, const char *name)
{
	return find(circles, name);
}

bool
circle_has(const struct circle *circle, uid_t user)
{
	size_t i;

	for (i = 0; circle->is_there && i < circle->count; i++)
		if (circle->members[i] == user)
			return true;
	return false;
}
