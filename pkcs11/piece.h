/* SPDX-License-Identifier: BSD-2-Clause */
/* A part of a text, not closed by a NUL; borrowed. */

#ifndef PIECE_H
#define PIECE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct piece {
	const char *at;
	size_t length;
};

/* What is left of the text up to end without these at either end. */
static inline struct piece
piece_trim(const char *from, const char *end, const char *blanks)
{
	while (from < end && *from && strchr(blanks, *from))
		from++;
	while (from < end && end[-1] && strchr(blanks, end[-1]))
		end--;
	return (struct piece){ from, (size_t)(end - from) };
}

static inline bool
piece_is(struct piece piece, const char *text)
{
	return piece.length == strlen(text) &&
		memcmp(piece.at, text, piece.length) == 0;
}

#endif
