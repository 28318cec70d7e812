/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that gives names numbers, each the same for ever. */

#ifndef NUMBERING_H
#define NUMBERING_H

#include <stddef.h>

/* Longer ones have no number. */
enum { NUMBERING_NAME_MOST = 320 };

/* Where, and what may be given out. */
struct numbering {
	const char *path;
	unsigned long most; /* the highest number */
	size_t fresh_most;  /* names that may be new now */
	/* Who is told why a name has no number; NULL: the log. */
	void (*complain)(void *context, const char *line);
	void *context;
};

/*
 * The numbers of the names, from 1 on, as the file has them; new names get the
 * next ones, which are on the disk, all at once, before they are told. A name
 * is a line without its end. 0, after complaining: there is none left, or the
 * file cannot be read or written. How many were new.
 */
size_t numbering_find_all(const struct numbering *numbering,
	const char *const *names, size_t count, unsigned long *numbers);
/* Of one name. */
unsigned long numbering_find(
	const char *path, const char *name, unsigned long most);

#endif
