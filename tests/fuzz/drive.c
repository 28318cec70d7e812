/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzz target without libFuzzer, for a moment, in every make check:
 * seeds, and mutations that are the same in each run. */

#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LENGTH_MOST = 8192 };

static uint64_t state = 0x9e3779b97f4a7c15;

/* xorshift64: the same numbers everywhere. */
static uint32_t
draw(uint32_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32) % below;
}

/* One change: a byte, a cut, a run repeated, or a number at its extremes. */
static size_t
change(unsigned char *at, size_t length)
{
	static const uint32_t extremes[] = { 0, 1, 0x7f, 0xff, 0x7fffffff,
		0x80000000, 0xffffffff };
	size_t place = length ? draw((uint32_t)length) : 0, run;

	switch (draw(4)) {
	case 0:
		if (length)
			at[place] = (unsigned char)draw(256);
		return length;
	case 1:
		return place;
	case 2:
		run = draw(64) + 1;
		if (length + run > LENGTH_MOST || run > length)
			return length;
		memmove(at + place + run, at + place, length - place);
		return length + run;
	default:
		if (length >= place + 4)
			memcpy(at + place, &extremes[draw(7)], 4);
		return length;
	}
}

static void
mutate(const struct fuzz_seed *seed)
{
	unsigned char *copy = malloc(LENGTH_MOST), *exact;
	size_t length = seed->length < LENGTH_MOST ? seed->length : LENGTH_MOST;
	uint32_t changes = draw(8) + 1;

	if (!copy)
		abort();
	memcpy(copy, seed->at, length);
	while (changes--)
		length = change(copy, length);
	/* In memory of its own size, so that a reader beyond its end is seen
	 * by a sanitizer. */
	exact = malloc(length ? length : 1);
	if (!exact)
		abort();
	memcpy(exact, copy, length);
	LLVMFuzzerTestOneInput(exact, length);
	free(exact);
	free(copy);
}

int
main(int count, char **arguments)
{
	const char *wish = getenv("FUZZ_SECONDS");
	time_t end = time(NULL) + (wish ? atol(wish) : 1);
	unsigned long rounds = 0;
	size_t i, seeds;

	for (seeds = 0; fuzz_seeds[seeds].at; seeds++)
		LLVMFuzzerTestOneInput(
			fuzz_seeds[seeds].at, fuzz_seeds[seeds].length);
	while (time(NULL) <= end)
		for (i = 0; i < 1000; i++, rounds++)
			mutate(&fuzz_seeds[draw((uint32_t)seeds)]);
	printf("ok 1 - %s survives %lu inputs\n1..1\n",
		strrchr(arguments[0], '/') ? strrchr(arguments[0], '/') + 1
					   : arguments[0],
		rounds);
	return 0;
}
