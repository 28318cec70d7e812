/* SPDX-License-Identifier: BSD-2-Clause */
/* Fronts whose module could not be loaded, and when that is tried again.
 *
 * Clients ask for slots as often as they like, and each time a worker would
 * start, fail and end. So after a failure none starts for a while.
 */

#include "config.h"

#include "keeper/listener.h"

#include "keeper/front.h"
#include "keeper/witness.h"
#include "pkcs11/log.h"

#include <stdlib.h>
#include <string.h>

/* Milliseconds: at first, and at most; each is twice the one before. */
enum { FIRST_PAUSE = 2000, LONGEST_PAUSE = 10000 };

struct misfire {
	struct misfire *next;
	uid_t user; /* whose worker it was */
	uint32_t front;
	int64_t pause, until;
	struct witnesses seen; /* the configuration and the module */
	char *module;          /* as configured, or NULL */
	char *found;           /* what would be loaded, or NULL */
};

static void
misfire_free(struct misfire *misfire)
{
	witnesses_clear(&misfire->seen);
	free(misfire->module);
	free(misfire->found);
	free(misfire);
}

/* The link to it; to NULL: there is none. */
static struct misfire **
find(struct listener *listener, uid_t user, uint32_t front)
{
	struct misfire **link = &listener->misfires;

	while (*link && ((*link)->user != user || (*link)->front != front))
		link = &(*link)->next;
	return link;
}

static void
unlink_one(struct misfire **link)
{
	struct misfire *misfire = *link;

	*link = misfire->next;
	misfire_free(misfire);
}

/* What nobody asked for meanwhile begins anew. */
static void
forget_old(struct listener *listener)
{
	struct misfire **link = &listener->misfires;

	while (*link)
		if (moment() - (*link)->until > LONGEST_PAUSE)
			unlink_one(link);
		else
			link = &(*link)->next;
}

static char *
find_file(const char *module)
{
	char reason[256];

	return module ? front_find_file(module, reason, sizeof(reason)) : NULL;
}

static void
look(const struct listener *listener, const struct worker *worker,
	struct misfire *misfire)
{
	struct configuration configuration;
	struct front front;

	witnesses_clear(&misfire->seen);
	free(misfire->module);
	free(misfire->found);
	misfire->module = NULL;
	configuration_read_seen(
		&configuration, listener->home.configuration, &misfire->seen);
	if (front_find(&configuration, worker->front_name, &front))
		misfire->module = strdup(front.module);
	configuration_clear(&configuration);
	if (misfire->module)
		witnesses_see(&misfire->seen, misfire->module);
	misfire->found = find_file(misfire->module);
}

static struct misfire *
find_or_add(struct listener *listener, uid_t user, uint32_t front)
{
	struct misfire **link = find(listener, user, front);

	if (!*link && (*link = calloc(1, sizeof(**link)))) {
		(*link)->user = user;
		(*link)->front = front;
	}
	return *link;
}

void
misfire_add(struct listener *listener, const struct worker *worker)
{
	struct misfire *misfire;

	forget_old(listener);
	misfire = find_or_add(listener, worker->owner->user, worker->front);
	/* Of workers that started together, the first counts. */
	if (!misfire || moment() < misfire->until)
		return;
	misfire->pause = misfire->pause ? misfire->pause * 2 : FIRST_PAUSE;
	if (misfire->pause > LONGEST_PAUSE)
		misfire->pause = LONGEST_PAUSE;
	misfire->until = moment() + misfire->pause;
	look(listener, worker, misfire);
	note("%s could not be loaded: for %d seconds only a change is tried",
		worker->front_name, (int)(misfire->pause / 1000));
}

void
misfire_forget(struct listener *listener, const struct worker *worker)
{
	struct misfire **link =
		find(listener, worker->owner->user, worker->front);

	if (*link)
		unlink_one(link);
}

/* Who could change the module is seen on the way to it. */
static bool
is_as_it_was(const struct misfire *misfire)
{
	char *found = find_file(misfire->module);
	bool is_same = found && misfire->found
		? strcmp(found, misfire->found) == 0
		: found == misfire->found;

	free(found);
	return is_same && witnesses_agree(&misfire->seen);
}

bool
misfire_holds(struct listener *listener, uid_t user, uint32_t front)
{
	struct misfire **link = find(listener, user, front);

	if (!*link || moment() >= (*link)->until)
		return false;
	if (is_as_it_was(*link))
		return true;
	unlink_one(link);
	return false;
}

void
misfires_clear(struct listener *listener)
{
	while (listener->misfires)
		unlink_one(&listener->misfires);
}
