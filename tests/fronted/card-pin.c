/* SPDX-License-Identifier: BSD-2-Clause */
/* The card's PIN and what unblocks it, with their counters, in a file. */

#include "config.h"

#include "tests/fronted/card-pin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char FILLER = 0xff;

void
pins_load(struct pins *pins)
{
	FILE *file = fopen(pins->path, "r");

	if (!file) {
		pins->user = (struct pin){ "123456", PIN_TRIES };
		pins->unblocking = (struct pin){ "12345678", PIN_TRIES };
		return;
	}
	if (fscanf(file, "%8s %8s %d %d", pins->user.digits,
		    pins->unblocking.digits, &pins->user.left,
		    &pins->unblocking.left) != 4) {
		fprintf(stderr, "%s has no PINs in it\n", pins->path);
		exit(1);
	}
	fclose(file);
}

void
pins_save(const struct pins *pins)
{
	char beside[4096];
	FILE *file;

	snprintf(beside, sizeof(beside), "%s.new", pins->path);
	file = fopen(beside, "w");
	if (!file ||
		fprintf(file, "%s %s %d %d\n", pins->user.digits,
			pins->unblocking.digits, pins->user.left,
			pins->unblocking.left) < 0 ||
		fclose(file) != 0 || rename(beside, pins->path) != 0) {
		perror(pins->path);
		exit(1);
	}
}

static size_t
length_of(const unsigned char field[PIN_LENGTH])
{
	const unsigned char *end = memchr(field, FILLER, PIN_LENGTH);

	return end ? (size_t)(end - field) : PIN_LENGTH;
}

bool
pin_is_proper(const unsigned char field[PIN_LENGTH])
{
	size_t i = length_of(field);

	if (i < PIN_SHORTEST)
		return false;
	while (i < PIN_LENGTH && field[i] == FILLER)
		i++;
	return i == PIN_LENGTH;
}

bool
pin_try(struct pin *pin, const unsigned char field[PIN_LENGTH])
{
	size_t length = length_of(field);

	if (pin->left == 0)
		return false;
	if (length != strlen(pin->digits) ||
		memcmp(field, pin->digits, length) != 0) {
		pin->left--;
		return false;
	}
	pin->left = PIN_TRIES;
	return true;
}

void
pin_set(struct pin *pin, const unsigned char field[PIN_LENGTH])
{
	size_t length = length_of(field);

	memcpy(pin->digits, field, length);
	pin->digits[length] = '\0';
	pin->left = PIN_TRIES;
}
