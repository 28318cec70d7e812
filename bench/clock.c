/* SPDX-License-Identifier: BSD-2-Clause */
/* Seconds, by the clock that a measurement is made with. */

#include "config.h"

#include "bench/clock.h"

#include <time.h>

static double
seconds(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double
clock_now(void)
{
	return seconds(CLOCK_MONOTONIC);
}

double
clock_used(void)
{
	return seconds(CLOCK_THREAD_CPUTIME_ID);
}
