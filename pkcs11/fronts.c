/* SPDX-License-Identifier: BSD-2-Clause */
/* What keepers have beside their own tokens: fronted modules and the like. */

#include "config.h"

#include "pkcs11/fronts.h"

#include "pkcs11/channel.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Seconds that a listener may take, which does nothing else for long. */
enum { ANSWER_SECONDS = 5, NAME_MOST = 64 };

static bool
exchange(int descriptor, struct wire *answer)
{
	const struct frame_limit limit = { ANSWER_SECONDS, ANSWER_SECONDS,
		ANSWER_SECONDS, NULL };
	struct wire question = { 0 };
	uint32_t call;
	bool done;

	frame_set_limit(descriptor, &limit);
	frame_begin(&question, FRONTS_CALL);
	done = frame_send(descriptor, &question) == FRAME_WHOLE &&
		frame_receive(descriptor, answer, FRONTS_CAP, &limit, &call) ==
			FRAME_WHOLE &&
		call == FRONTS_CALL;
	wire_clear(&question);
	return done;
}

/* An answer is believed as far as it goes. */
static void
take_fronts(struct keeper *keeper, struct wire *answer)
{
	uint32_t count = wire_take_count(answer, 8), i, number;
	char name[NAME_MOST];

	for (i = 0; i < count; i++) {
		number = wire_take_u32(answer);
		wire_take_text(answer, name, sizeof(name));
		if (answer->failed)
			return;
		if (number > 0)
			keeper_add_front(keeper, number);
	}
}

/* A keeper that is too old to know hangs up. */
static void
look(struct keeper *keeper)
{
	bool may_start = keeper->may_start && home_is_used(&keeper->home);
	struct wire answer = { 0 };
	int descriptor;
	CK_RV rv;

	descriptor = channel_reach(keeper, may_start, &rv);
	if (descriptor < 0)
		return;
	if (exchange(descriptor, &answer))
		take_fronts(keeper, &answer);
	wire_clear(&answer);
	close(descriptor);
}

/* "NUMBER-NAME": what `privyseal remote` has made. */
static uint32_t
remote_number(const char *name)
{
	uint32_t number = 0;

	for (; *name >= '0' && *name <= '9'; name++) {
		number = number * 10 + (uint32_t)(*name - '0');
		if (number == 0 || number > REMOTES_MOST)
			return 0;
	}
	return *name == '-' ? number : 0;
}

/* Keepers of other machines, of which the sockets are here. */
static void
look_for_remotes(struct keeper *keeper)
{
	DIR *folder;
	struct dirent *entry;
	uint32_t number;
	char *path;

	if (asprintf(&path, "%s/remotes", keeper->home.folder) < 0)
		return;
	folder = opendir(path);
	free(path);
	while (folder && (entry = readdir(folder))) {
		number = remote_number(entry->d_name);
		if (!number ||
			asprintf(&path, "%s/remotes/%s", keeper->home.folder,
				entry->d_name) < 0)
			continue;
		keeper_add_remote(keeper->application, number, path);
		free(path);
	}
	if (folder)
		closedir(folder);
}

bool
fronts_are_known(struct application *application)
{
	bool are_known;

	pthread_mutex_lock(&application->lock);
	are_known = application->fronts_are_known;
	pthread_mutex_unlock(&application->lock);
	return are_known;
}

void
fronts_look(struct application *application)
{
	struct keeper *keeper;

	pthread_mutex_lock(&application->lock);
	application->fronts_are_known = true;
	pthread_mutex_unlock(&application->lock);
	for (keeper = keepers_first(application); keeper;
		keeper = keepers_next(keeper))
		if (keeper->kind == KEEPER_USER && keeper->home.folder)
			look_for_remotes(keeper);
	for (keeper = keepers_first(application); keeper;
		keeper = keepers_next(keeper))
		if (keeper->front == 0 && keeper->home.run)
			look(keeper);
}
