/* SPDX-License-Identifier: BSD-2-Clause */
/* Shows a person that something long is still alive. */

#include "config.h"

#include "command/patience.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

struct watch {
	const char *text;
	pthread_mutex_t mutex;
	pthread_cond_t end;
	bool is_over;
};

/* A line that is written over every second. */
static void *
show(void *context)
{
	struct watch *watch = context;
	struct timespec until;
	unsigned seconds = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	pthread_mutex_lock(&watch->mutex);
	while (!watch->is_over) {
		fprintf(stderr, "\r%s ... %u s", watch->text, seconds++);
		until.tv_sec++;
		pthread_cond_clockwait(
			&watch->end, &watch->mutex, CLOCK_MONOTONIC, &until);
	}
	pthread_mutex_unlock(&watch->mutex);
	fprintf(stderr, "\r\033[K");
	return NULL;
}

void
patience(const char *text, void (*work)(void *context), void *context)
{
	struct watch watch = { text, PTHREAD_MUTEX_INITIALIZER,
		PTHREAD_COND_INITIALIZER, false };
	pthread_t thread;
	bool is_shown = isatty(STDERR_FILENO) &&
		pthread_create(&thread, NULL, show, &watch) == 0;

	work(context);
	if (!is_shown)
		return;
	pthread_mutex_lock(&watch.mutex);
	watch.is_over = true;
	pthread_cond_signal(&watch.end);
	pthread_mutex_unlock(&watch.mutex);
	pthread_join(thread, NULL);
}
