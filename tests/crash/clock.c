/* SPDX-License-Identifier: BSD-2-Clause */
/* The keeper's clock, for tests: a file in its home says how many seconds it is
 * off. The linker puts these in the place of the C library's (--wrap). */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

time_t __real_time(time_t *result);
time_t __wrap_time(time_t *result);
int __real_clock_gettime(clockid_t clock, struct timespec *result);
int __wrap_clock_gettime(clockid_t clock, struct timespec *result);

static long
shift(void)
{
	const char *home = getenv("PRIVYSEAL_HOME");
	char path[4096];
	long seconds = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/clock", home ? home : "");
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%ld", &seconds) != 1)
		seconds = 0;
	fclose(file);
	return seconds;
}

time_t
__wrap_time(time_t *result)
{
	time_t now = __real_time(NULL) + shift();

	if (result)
		*result = now;
	return now;
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *result)
{
	int status = __real_clock_gettime(clock, result);

	if (status == 0 && clock == CLOCK_REALTIME)
		result->tv_sec += shift();
	return status;
}
