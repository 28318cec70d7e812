/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzz target without libFuzzer, for a moment, in every make check:
 * seeds, what libFuzzer found (corpus/), and mutations of both that are the
 * same in each run. */

#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <glob.h>
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

/* What is fed and mutated: the target's own seeds, then the corpus. */
enum { SEEDS_MOST = 512 };
static struct fuzz_seed all[SEEDS_MOST];
static size_t seeds;

static void
add_file(const char *path)
{
	unsigned char *room = malloc(LENGTH_MOST);
	FILE *file = fopen(path, "rb");

	if (!room || !file)
		abort();
	all[seeds++] =
		(struct fuzz_seed){ room, fread(room, 1, LENGTH_MOST, file) };
	fclose(file);
}

static void
gather(const char *name)
{
	const char *source = getenv("SOURCE");
	char pattern[4096];
	glob_t found;
	size_t i;

	for (; fuzz_seeds[seeds].at; seeds++)
		all[seeds] = fuzz_seeds[seeds];
	snprintf(pattern, sizeof(pattern), "%s/tests/fuzz/corpus/%s/*",
		source ? source : ".", name);
	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc && seeds < SEEDS_MOST; i++)
		add_file(found.gl_pathv[i]);
	globfree(&found);
}

/* For libFuzzer to begin with. */
static int
write_seeds(const char *folder)
{
	char path[4096];
	FILE *file;
	size_t i;

	for (i = 0; fuzz_seeds[i].at; i++) {
		snprintf(path, sizeof(path), "%s/seed-%zu", folder, i);
		file = fopen(path, "wb");
		if (!file)
			return 1;
		fwrite(fuzz_seeds[i].at, 1, fuzz_seeds[i].length, file);
		fclose(file);
	}
	return 0;
}

int
main(int count, char **arguments)
{
	const char *wish = getenv("FUZZ_SECONDS");
	const char *slash = strrchr(arguments[0], '/');
	const char *name = slash ? slash + 1 : arguments[0];
	time_t end = time(NULL) + (wish ? atol(wish) : 1);
	unsigned long rounds = 0;
	size_t i;

	if (strncmp(name, "lt-", 3) == 0)
		name += 3;
	if (getenv("FUZZ_SEEDS"))
		return write_seeds(getenv("FUZZ_SEEDS"));
	gather(strncmp(name, "fuzz-", 5) == 0 ? name + 5 : name);
	for (i = 0; i < seeds; i++)
		LLVMFuzzerTestOneInput(all[i].at, all[i].length);
	while (time(NULL) <= end)
		for (i = 0; i < 100; i++, rounds++)
			mutate(&all[draw((uint32_t)seeds)]);
	printf("ok 1 - %s survives %lu inputs and %zu seeds\n1..1\n", name,
		rounds, seeds);
	return 0;
}
