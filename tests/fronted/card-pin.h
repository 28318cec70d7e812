/* SPDX-License-Identifier: BSD-2-Clause */
/* The card's PIN and what unblocks it, with their counters, in a file. */

#ifndef CARD_PIN_H
#define CARD_PIN_H

#include <stdbool.h>

/* On the wire a PIN fills this many bytes, the last of them 0xff. */
enum { PIN_LENGTH = 8, PIN_SHORTEST = 6, PIN_TRIES = 3 };

struct pin {
	char digits[PIN_LENGTH + 1];
	int left;
};

struct pins {
	struct pin user, unblocking;
	/* "PIN PUK LEFT LEFT"; so what was locked stays so. */
	const char *path;
};

/* 123456 and 12345678 where there is no file. */
void pins_load(struct pins *pins);
void pins_save(const struct pins *pins);

/* Whether it could be a PIN. */
bool pin_is_proper(const unsigned char field[PIN_LENGTH]);
/* Counts: a wrong one costs a try, the right one gives all back. */
bool pin_try(struct pin *pin, const unsigned char field[PIN_LENGTH]);
void pin_set(struct pin *pin, const unsigned char field[PIN_LENGTH]);

#endif
