/* SPDX-License-Identifier: BSD-2-Clause */
/* As drive.c, for targets whose seeds are files: feeds them and mutations of
 * them, the same in each run: fuzz-NOUN ROUNDS SEED-FILE... */

#include "config.h"

#include "tests/fuzz/fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_LIMIT 65536

static uint64_t state = 0x9e3779b97f4a7c15;

/* xorshift64: the same everywhere. */
static size_t
below(size_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return limit ? (size_t)(state % limit) : 0;
}

struct input {
	unsigned char at[INPUT_LIMIT];
	size_t length;
};

static void
change_bit(struct input *input)
{
	input->at[below(input->length)] ^= (unsigned char)(1u << below(8));
}

static void
change_byte(struct input *input)
{
	static const unsigned char liked[] = { 0x00, 0x01, 0x7f, 0x80, 0x81,
		0x82, 0x84, 0x88, 0xff, 0x30, 0x24, 0x04, 0xa0 };

	input->at[below(input->length)] = liked[below(sizeof(liked))];
}

static void
cut_end(struct input *input)
{
	input->length -= below(input->length);
}

static void
cut_piece(struct input *input)
{
	size_t from = below(input->length);
	size_t count = below(input->length - from);

	memmove(input->at + from, input->at + from + count,
		input->length - from - count);
	input->length -= count;
}

static void
repeat_piece(struct input *input)
{
	size_t from = below(input->length), to = below(input->length);
	size_t count = below(input->length - from);

	if (count > 256)
		count = 256;
	if (input->length + count > INPUT_LIMIT)
		return;
	memmove(input->at + to + count, input->at + to, input->length - to);
	memmove(input->at + to, input->at + from, count);
	input->length += count;
}

static void
mutate(struct input *input)
{
	static void (*const ways[])(struct input * input) = { change_bit,
		change_byte, change_byte, cut_end, cut_piece, repeat_piece };
	size_t times = 1 + below(4);

	for (; times && input->length; times--)
		ways[below(sizeof(ways) / sizeof(ways[0]))](input);
}

static bool
load(const char *path, struct input *input)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		return false;
	input->length = fread(input->at, 1, INPUT_LIMIT, file);
	fclose(file);
	return true;
}

/* A copy of its own, so that a sanitizer sees a byte too far. */
static void
feed(const struct input *input)
{
	unsigned char *copy = malloc(input->length ? input->length : 1);

	if (!copy)
		return;
	memcpy(copy, input->at, input->length);
	LLVMFuzzerTestOneInput(copy, input->length);
	free(copy);
}

int
main(int count, char **arguments)
{
	static struct input seed, input;
	long rounds = count > 2 ? atol(arguments[1]) : 0, round;
	int i;

	for (i = 2; i < count; i++) {
		if (!load(arguments[i], &seed)) {
			perror(arguments[i]);
			return 1;
		}
		feed(&seed);
		for (round = 0; round < rounds; round++) {
			input = seed;
			mutate(&input);
			feed(&input);
		}
	}
	printf("%d seeds, %ld rounds each\n", i - 2, rounds);
	return i > 2 ? 0 : 2;
}
