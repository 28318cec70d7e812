/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor's check of modules that others made. */

#include "config.h"

#include "command/doctor.h"

#include "command/front.h"
#include "command/say.h"
#include "keeper/front-chain.h"
#include "pkcs11/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
is_slot_of(
	const struct visit *visit, CK_SLOT_ID slot, const struct front *front)
{
	const struct token token = { .module = &visit->module, .slot = slot };
	const char *name = front_of_token(&token);

	return name && strcmp(name, front->name) == 0;
}

/* As an application sees it: also one that has no token shows its slot. */
static bool
shows_slot(const struct visit *visit, const struct front *front)
{
	CK_FUNCTION_LIST *calls = visit->module.calls;
	CK_SLOT_ID *slots = NULL;
	CK_ULONG count = 0, i;
	bool shows = false;

	if (calls->C_GetSlotList(CK_FALSE, NULL, &count) == CKR_OK)
		slots = calloc(count + 1, sizeof(*slots));
	if (!slots || calls->C_GetSlotList(CK_FALSE, slots, &count) != CKR_OK)
		count = 0;
	for (i = 0; i < count && !shows; i++)
		shows = is_slot_of(visit, slots[i], front);
	free(slots);
	return shows;
}

static void
add(struct visit *visit, enum health health, char *text, char *remedy)
{
	visit_add(visit, health, text, remedy);
	free(remedy);
}

static void
check_front(struct visit *visit, const struct front *front)
{
	char reason[256];

	if (access(front->module, F_OK) != 0)
		add(visit, HEALTH_BAD,
			words(_("The module \"%s\" is not there: %s: %s."),
				front->name, front->module, strerror(errno)),
			words(_("Install it, or take the name away: privyseal "
				"front remove %s"),
				front->name));
	else if (!front_is_trustworthy(front, reason, sizeof(reason)))
		add(visit, HEALTH_BAD,
			words(_("The module \"%s\" (%s) is not loaded: %s"),
				front->name, front->module, reason),
			words(_("Have it, and the folders above it, written by "
				"nobody else: chmod go-w")));
	else if (shows_slot(visit, front))
		return;
	else if (!front_begins(front))
		add(visit, HEALTH_BAD,
			words(_("The module \"%s\" (%s) does not begin."),
				front->name, front->module),
			words(_("Run \"privyseal front test %s\" and read its "
				"message."),
				front->name));
	else
		add(visit, HEALTH_REMARKABLE,
			words(_("The module \"%s\" shows no slot."),
				front->name),
			words(_("Plug the reader in, or run \"privyseal front "
				"test %s\"."),
				front->name));
}

static void
check_chain(struct visit *visit, const struct front *front)
{
	const char *rest = front->chain;
	char reason[256], *path;
	size_t count;

	while ((path = front_chain_next(&rest))) {
		if (!chain_file_check(path, &count, reason, sizeof(reason)))
			add(visit, HEALTH_REMARKABLE,
				words(_("The module \"%s\" goes without the "
					"chain %s: %s."),
					front->name, path, reason),
				words(_("Put the certificates of your "
					"authorities there (PEM), or take the "
					"line \"chain\" out of "
					"privyseal.conf.")));
		free(path);
	}
}

void
check_fronts(struct visit *visit)
{
	struct configuration configuration;
	struct front fronts[FRONTS_MOST];
	struct home home = { 0 };
	size_t count, i;

	if (!visit->module.is_initialized || !module_is_ours(visit->request) ||
		!home_find(&home))
		return;
	configuration_read(&configuration, home.configuration, NULL, NULL);
	count = front_list(&configuration, fronts);
	for (i = 0; i < count; i++) {
		check_front(visit, &fronts[i]);
		check_chain(visit, &fronts[i]);
	}
	configuration_clear(&configuration);
	home_clear(&home);
}
