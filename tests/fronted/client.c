/* SPDX-License-Identifier: BSD-2-Clause */
/* client MODULE STEP...: an application that takes these steps, each a word:
 *
 *   STEP             a call and what it takes; it must return CKR_OK
 *   STEP = PATTERN   the result (as it is printed) must have this in it
 *   within N STEP    again until it does, for N milliseconds at most
 *   begin STEP       in a thread; "end" waits for it and has its result,
 *                    "running = yes" asks whether it is still in the call
 *
 * The first step that ends otherwise ends the client, with 1. The calls are in
 * client-calls.c; "use N" goes to another place, with its own slot, session
 * and key. */

#include "config.h"

#include "tests/fronted/client-calls.h"

#include <dlfcn.h>
#include <pthread.h>
#include <regex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds that a call in the background may take. */
enum { PATIENCE = 30 };

static double
moment(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct background {
	pthread_t thread;
	struct place *here;
	char step[4096], result[CLIENT_RESULT];
	atomic_bool is_done;
};
static struct background background;

static void *
call_in_background(void *unused)
{
	client_go(background.here);
	client_call(background.step, background.result);
	background.is_done = true;
	return NULL;
}

static void
end_background(char *result)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += PATIENCE;
	if (pthread_timedjoin_np(background.thread, NULL, &limit) == 0)
		snprintf(result, CLIENT_RESULT, "%s", background.result);
	else
		snprintf(result, CLIENT_RESULT, "still running after %d s",
			PATIENCE);
}

/* A step without "within" and "=". */
static void
take(const char *step, char *result)
{
	if (strcmp(step, "end") == 0) {
		end_background(result);
	} else if (strcmp(step, "running") == 0) {
		snprintf(result, CLIENT_RESULT, "CKR_OK %s",
			background.is_done ? "no" : "yes");
	} else if (strncmp(step, "begin ", 6) == 0) {
		background.is_done = false;
		background.here = client_place();
		snprintf(background.step, sizeof(background.step), "%s",
			step + 6);
		pthread_create(
			&background.thread, NULL, call_in_background, NULL);
		/* Until the call is in the module, say. */
		usleep(300000);
		snprintf(result, CLIENT_RESULT, "CKR_OK begun");
	} else {
		client_call(step, result);
	}
}

static bool
matches(const char *result, const char *pattern)
{
	regex_t compiled;
	bool is_match;

	if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) != 0)
		exit(2);
	is_match = regexec(&compiled, result, 0, NULL, 0) == 0;
	regfree(&compiled);
	return is_match;
}

/* Whether the step ended as it was to. */
static bool
walk(const char *whole, double begun)
{
	char step[4096], result[CLIENT_RESULT] = "", *pattern, *rest = step;
	double limit = moment();

	snprintf(step, sizeof(step), "%s", whole);
	pattern = strstr(step, " = ");
	if (pattern) {
		*pattern = '\0';
		pattern += 3;
	}
	if (strncmp(step, "within ", 7) == 0)
		limit += (double)strtol(step + 7, &rest, 10) / 1000;
	rest += strspn(rest, " ");
	for (;;) {
		take(rest, result);
		if (matches(result, pattern ? pattern : "^CKR_OK"))
			break;
		if (moment() >= limit) {
			printf("%.2f %s: %s, NOT %s\n", moment() - begun, rest,
				result, pattern ? pattern : "CKR_OK");
			return false;
		}
		usleep(20000);
	}
	printf("%.2f %s: %s\n", moment() - begun, rest, result);
	return true;
}

static bool
load(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	void *symbol = library ? dlsym(library, "C_GetFunctionList") : NULL;
	CK_C_GetFunctionList get;

	if (!symbol) {
		fprintf(stderr, "%s\n", dlerror());
		return false;
	}
	memcpy(&get, &symbol, sizeof(get));
	return get(&module) == CKR_OK;
}

int
main(int argc, char **argv)
{
	double begun = moment();
	int i;

	/* What hangs is to fail. */
	alarm(120);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2 || !load(argv[1]))
		return 2;
	if (!walk("initialize", begun))
		return 1;
	for (i = 2; i < argc; i++)
		if (!walk(argv[i], begun))
			return 1;
	/* Other threads may still be in a call. */
	fflush(stdout);
	return walk("finalize = .", begun) ? 0 : 1;
}
