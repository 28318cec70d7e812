/* SPDX-License-Identifier: BSD-2-Clause */
/* One call at a time in each session, for who keeps books of its operations. */

#include "config.h"

#include "keeper/turn.h"

#include <pthread.h>
#include <stdbool.h>

static struct turn *taken; /* no more than there are threads */
static unsigned waiting;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given = PTHREAD_COND_INITIALIZER;

/* With the lock held. */
static bool
is_taken(CK_SESSION_HANDLE session)
{
	const struct turn *turn;

	for (turn = taken; turn; turn = turn->next)
		if (turn->session == session)
			return true;
	return false;
}

void
turn_take(struct turn *turn, CK_SESSION_HANDLE session)
{
	pthread_mutex_lock(&mutex);
	waiting++;
	while (is_taken(session))
		pthread_cond_wait(&given, &mutex);
	waiting--;
	*turn = (struct turn){ taken, session };
	taken = turn;
	pthread_mutex_unlock(&mutex);
}

void
turn_give(struct turn *turn)
{
	struct turn **link = &taken;

	pthread_mutex_lock(&mutex);
	while (*link != turn)
		link = &(*link)->next;
	*link = turn->next;
	if (waiting)
		pthread_cond_broadcast(&given);
	pthread_mutex_unlock(&mutex);
}
